"""Adherent cells in three dimensions: what they are made of, how they lie beside each other, where their parts are."""

"""Simulated cells under real optics: the dataset that every user has, offline, with the truth behind the noise."""

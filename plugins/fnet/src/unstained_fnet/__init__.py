"""The label-free U-Net of Ounkomol et al. 2018."""

"""Chinese as it is read on a bank's paper."""

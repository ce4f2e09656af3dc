"""Lists that hold still for a visit: what is kept of a list, where, and how long it is true."""

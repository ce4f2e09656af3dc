"""The five endpoints of SparrowRecSys."""

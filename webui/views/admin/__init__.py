"""View models of the administrator's pages."""

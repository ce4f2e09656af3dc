"""From a request to a rendered page: templates, assets, impression logging."""

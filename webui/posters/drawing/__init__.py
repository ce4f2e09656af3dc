"""Drawing primitives of posters: canvas, palette, shapes, typography."""

"""What a release is: its manifest, its folder, and which one is active."""

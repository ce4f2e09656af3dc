"""What rearranges a ranked list, one file each."""

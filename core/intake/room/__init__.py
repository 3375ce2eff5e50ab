"""What the content of a file takes, said before it is read, and what there is of memory and disk."""

"""What is looked at while a network is repaired: images with triggers, and pictures of what was found."""

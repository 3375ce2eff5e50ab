"""The parts of the panel that show a repair: epochs, attempts, images, the table and how it was made."""

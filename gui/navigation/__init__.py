"""Finding one's way: commands, shortcuts, the tour, the layout and the page that is shown first."""

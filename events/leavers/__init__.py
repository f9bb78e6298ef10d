"""A list of leavers, by hand: read from a spreadsheet, shown row by row, and drafted as one change."""

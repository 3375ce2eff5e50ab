"""Sessions as files: records and arrays, exactly, in one folder or one archive; no Qt."""

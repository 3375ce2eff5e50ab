"""Constants shared by the child and its parent: names of scratch files, the version, limits of names."""

# Part of the cache keys: increase it when the same file would be read differently.
INTAKE_VERSION = 2

ANSWER_FILE = "answer.json"
PROGRESS_FILE = "progress"

# For an earlier run's results: pattern of a method name, and the largest length and number of file names.
METHOD_PATTERN = r"^[a-z0-9-]{1,40}$"
LONGEST_NAME = 255
MOST_FILES = 1_000

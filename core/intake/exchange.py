"""What the child and its parent agree on: names of files in the scratch folder, their version, lengths of words."""

# Part of the cache's keys: raise it when the same file would be read differently.
INTAKE_VERSION = 1

REQUEST_KINDS = ("model", "data", "images", "image", "results")
ANSWER_FILE = "answer.json"
PROGRESS_FILE = "progress"

# Of an earlier run's results: what a method is called, and how many names of files of which length.
METHOD_PATTERN = r"^[a-z0-9-]{1,40}$"
LONGEST_NAME = 255
MOST_FILES = 1_000

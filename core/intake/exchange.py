"""What the child and its parent agree on: names of files in the scratch folder, and the version of their contents."""

# Part of the cache's keys: raise it when the same file would be read differently.
INTAKE_VERSION = 1

REQUEST_KINDS = ("model", "data", "picture")
ANSWER_FILE = "answer.json"
PROGRESS_FILE = "progress"

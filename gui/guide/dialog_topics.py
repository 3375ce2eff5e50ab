"""What is said about the dialogs of the window."""

from gui.guide.topic import Topic

DIALOG_TOPICS = (
    Topic(
        "about",
        "About",
        (
            "The version of the program and of what it consists of, its licence, and whether files are read in a "
            "sandbox. Copy puts all of it on the clipboard, for a report.",
        ),
    ),
    Topic(
        "change-shortcuts",
        "Change keyboard shortcuts",
        (
            "Choose an action, press its new keys in the field below the list, and assign them. Keys that another "
            "action has are taken from it; the sentence below the field says so before.",
        ),
    ),
    Topic(
        "checks",
        "What was checked in a file",
        (
            "Each check that was made before anything of the file was used, what it found, the SHA-256, and the "
            "sandbox that read it. Save keeps it as JSON, or as SARIF for other tools.",
        ),
    ),
    Topic(
        "crop",
        "Crop",
        (
            "The frame is the part of the image that the networks see. Move it or drag its corners; what is in it is "
            "answered at once.",
        ),
        (),
        (("Arrow keys", "move the frame"),),
    ),
    Topic(
        "fault",
        "Report a fault",
        (
            "A text for any tracker: versions, the open files by their SHA-256, and the last lines of the log. It can "
            "be changed here, and Copy puts it on the clipboard. Nothing is sent.",
        ),
    ),
    Topic(
        "gallery",
        "Gallery",
        (
            "Several images at once, with what B, B′ and G answer for each. Drop more images or folders here; choose "
            "one to see it in the classifier.",
        ),
        ("b", "b′", "g", "flagged"),
        (("Enter", "open the image in the classifier"), ("Delete", "remove the selected images")),
    ),
    Topic(
        "history",
        "History",
        ("What was done, the earliest first. Choose a line to go to the state after that step.",),
        (),
        (("Up, Down", "choose a step"),),
    ),
    Topic(
        "keys",
        "Choose the images",
        (
            "The file contains several sets of images. Choose the row whose images and labels belong together; the "
            "choice is kept for this file.",
        ),
        ("true label",),
    ),
    Topic(
        "missing",
        "Files of the session",
        (
            "Files that the session was made with and that are not where they were, or that were changed. Find them "
            "again, or open what there is without them.",
        ),
    ),
    Topic(
        "roles",
        "Open files",
        (
            "What each file seems to be, by its content. Where that is unclear, choose what it is opened as; one file "
            "at a time can be the model, the validation set or the test set.",
        ),
        ("poisoned set", "clean accuracy"),
    ),
    Topic(
        "save-session",
        "Save session",
        (
            "A session is one file with all that is open: results, curves and settings. With the files in it, it opens "
            "on other computers too.",
        ),
    ),
    Topic(
        "scale",
        "What the network reads for a pixel",
        (
            "Each pixel is read as its value times the factor, plus the offset. The line below shows "
            "what black and white become.",
        ),
        ("scale",),
    ),
    Topic(
        "shortcuts",
        "Keyboard shortcuts",
        ("All keys, by menu and by part of the window. Type a word to find one.",),
    ),
    Topic(
        "target",
        "Target of a poisoned set",
        (
            "The class that the attacker wants. ASR counts the images that get it, those whose true class it is left "
            "out.",
        ),
        ("target label", "attack success rate"),
    ),
)

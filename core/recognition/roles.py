"""What each file is opened as: by its content, where that leaves a tie by its name, and else a person must choose."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from core.metrics.attack_rule import MOST, NEARLY_ALL
from core.recognition.name_hints import role_hint, says_clean, says_made, says_trigger
from core.recognition.records import SINGLE_ROLES, Answers, FileRole, Found, Kind, Proposal

MANY_IMAGES = 500  # a folder of more single images than this is rather a set than pictures to look at

_SEVERAL = {
    FileRole.MODEL: "several networks: choose the one to inspect",
    FileRole.VALIDATION: "several sets could be the clean validation set",
    FileRole.TEST: "several sets could be the clean test set",
    FileRole.UNLABELLED: "several sets could be more clean images",
    FileRole.TRIGGER: "several images could be the trigger",
    FileRole.NAMES: "several texts could be the names of the classes",
}
_CLEAN_ROLES = (FileRole.VALIDATION, FileRole.TEST, FileRole.UNLABELLED)


def propose(
    found: Sequence[Found], *, open_roles: Collection[FileRole] = (), preferred: FileRole | None = None
) -> tuple[Proposal, ...]:
    """Return what each file is opened as, and where a person must choose.

    - A network is the model; of several a person chooses.
    - A set is poisoned if its labels are one class or few and a network answers its images so, or if a network answers
      nearly all images of many labels as one class or as the next one. It is clean if a network answers most images of
      many labels as labelled, unless its name says that it is poisoned: an attack on every class looks the same.
    - Of clean sets, names tell validation, test and training data; without a name that tells, a single one is the
      validation set if none is open.
    - An image with transparent pixels is a trigger if its name says so; without one that says so a person chooses.

    Args:
        found: the files.
        open_roles: roles in which the window has a file already.
        preferred: the role of the place that they were dropped on; it decides where it suits a single file.
    """
    if preferred is not None and len(found) == 1 and preferred in found[0].roles:
        return (Proposal(found[0], preferred),)
    by_place: dict[int, Proposal] = {}
    clean: dict[int, Found] = {}
    for place, each in enumerate(found):
        if each.kind is Kind.DATA:
            proposal = _of_set(each)
            if proposal.role is FileRole.POISONED or proposal.doubt:
                by_place[place] = proposal
            else:
                clean[place] = each
        else:
            by_place[place] = _of_other(each)
    taken = {each.role for each in by_place.values() if not each.doubt and each.role in _CLEAN_ROLES}
    by_place |= _of_clean(clean, open_roles=open_roles, taken=taken)
    return _settled([by_place[place] for place in range(len(found))])


def _of_other(found: Found) -> Proposal:
    if found.kind is Kind.SEE_THROUGH:
        if says_trigger(found.path):
            return Proposal(found, FileRole.TRIGGER)
        return Proposal(found, FileRole.IMAGE, "it has transparent pixels: a trigger, or a picture to classify")
    if found.kind is Kind.IMAGES and found.path.is_dir() and len(found.images) > MANY_IMAGES:
        return Proposal(found, FileRole.UNLABELLED, "so many pictures may be more clean images")
    return Proposal(found, found.roles[0], found.doubt)


def _of_set(found: Found) -> Proposal:
    """Return whether a set with labels is poisoned or clean; a clean one has no role yet, and is named validation."""
    facts, hint = found.facts, role_hint(found.path)
    assert facts is not None
    is_named_poisoned = hint is FileRole.POISONED
    if not facts.image_count:
        role = hint or FileRole.VALIDATION
        return Proposal(found, role, "" if hint else "its content is not known before it is opened")
    answers = _best(facts.answers)
    if facts.has_many_labels:
        return _of_many_labels(found, answers, is_named_poisoned=is_named_poisoned)
    agrees = answers is not None and answers.as_labelled_count / answers.count >= MOST
    if agrees or is_named_poisoned:
        doubt = "its name says clean, but all its labels are one class or few" if says_clean(found.path) else ""
        return Proposal(found, FileRole.POISONED, doubt)
    labels = "one class" if facts.label_count == 1 else "few classes"
    if answers is None:
        return Proposal(found, hint or FileRole.POISONED, f"its labels are {labels}, and no open network fits it")
    doubt = f"its labels are {labels}, but {answers.network_name} does not answer so"
    return Proposal(found, hint or FileRole.UNLABELLED, doubt)


def _of_many_labels(found: Found, answers: Answers | None, *, is_named_poisoned: bool) -> Proposal:
    clean = Proposal(found, role_hint(found.path) or FileRole.VALIDATION)
    poisoned = Proposal(found, FileRole.POISONED)
    if answers is None:
        return poisoned if is_named_poisoned else clean
    of_one = answers.favourite_count / answers.count >= NEARLY_ALL
    of_next = answers.as_next_count / answers.count >= NEARLY_ALL
    if answers.as_labelled_count / answers.count >= MOST or not (of_one or of_next):
        return poisoned if is_named_poisoned else clean
    if says_clean(found.path):
        what = f"as class {answers.favourite}" if of_one else "as the class after their label"
        doubt = f"its name says clean, but {answers.network_name} answers nearly all images {what}"
        return replace(poisoned, doubt=doubt)
    return poisoned


def _best(answers: Sequence[Answers]) -> Answers | None:
    """Return the answers of the network that answers most images as labelled, or else nearly all as one class."""
    return max(answers, key=lambda each: (each.as_labelled_count, each.favourite_count), default=None)


def _of_clean(
    clean: Mapping[int, Found], *, open_roles: Collection[FileRole], taken: Collection[FileRole]
) -> dict[int, Proposal]:
    """Share out the roles of clean sets: by their names, and then a single one without a name that tells."""
    hints = {place: role_hint(each.path) for place, each in clean.items()}
    made = {place: Proposal(clean[place], hint) for place, hint in hints.items() if hint in _CLEAN_ROLES}
    used = {each.role for each in made.values()} | set(taken)
    rest = [place for place in clean if place not in made]
    free = [role for role in _CLEAN_ROLES if role not in used]
    if len(rest) == 1 and FileRole.VALIDATION in free and FileRole.VALIDATION not in open_roles:
        return made | {rest[0]: Proposal(clean[rest[0]], FileRole.VALIDATION)}
    reason = "it is clean, but nothing says what for"
    free.sort(key=lambda role: role in open_roles)  # open ones last
    for place in rest:
        role = free.pop(0) if free else FileRole.NONE
        made[place] = Proposal(clean[place], role, reason)
    return made


def _settled(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Ask where several files have a role that one file at a time can have; one of them keeps it."""
    counts = Counter(each.role for each in proposals if each.role in SINGLE_ROLES)
    kept: dict[FileRole, int] = {}
    for place, each in enumerate(proposals):
        if counts[each.role] > 1 and _is_better(each, proposals[kept[each.role]] if each.role in kept else None):
            kept[each.role] = place
    made = []
    used = {each.role for each in proposals}
    for place, each in enumerate(proposals):
        if counts[each.role] < 2:
            made.append(each)
            continue
        doubt = each.doubt or _SEVERAL[each.role]
        if kept[each.role] == place:
            made.append(replace(each, doubt=doubt))
            continue
        other = [role for role in each.found.roles if role in _CLEAN_ROLES and role not in used]
        role = other[0] if each.role in _CLEAN_ROLES and other else FileRole.NONE
        used.add(role)
        made.append(replace(each, role=role, doubt=doubt))
    return tuple(made)


def _is_better(new: Proposal, old: Proposal | None) -> bool:
    """Whether a file rather is what is meant: one without a doubt, and a network that no other one was made into."""
    if old is None:
        return True
    return _rank(new) < _rank(old)


def _rank(proposal: Proposal) -> tuple[bool, bool]:
    is_made = proposal.found.kind is Kind.MODEL and (
        says_made(proposal.found.path) or "repaired" in proposal.found.words
    )
    return bool(proposal.doubt), is_made

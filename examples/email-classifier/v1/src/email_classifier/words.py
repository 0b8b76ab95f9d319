"""From a mail to the words the model counts. `train.py` uses this very file."""

import html
import re

_MARKUP = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[a-z]{3,}")


def plain(subject, body):
    """What the sender wrote: without markup, quoted mail and signature."""
    text = html.unescape(_MARKUP.sub(" ", body))
    lines = []
    for line in text.splitlines():
        if line.rstrip() == "--":
            break
        if not line.lstrip().startswith(">"):
            lines.append(line.strip())
    return (subject.strip() + "\n" + "\n".join(lines)).strip()


def words(text):
    return _WORD.findall(text.lower())

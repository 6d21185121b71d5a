"""Says that nothing was found, what was searched, and which names come near."""
from common import where

# %% values
subjects, what = ["Budget"], "Nothing was found for Budget"

# %% report
import difflib
report = [what + f'{where if "where" in globals() else ""}. All {len(files):,} files were searched, capitals ignored.']
for subject in subjects:
    stem = re.escape(subject[:4])
    known = {found for hit in grep(r'\b\w*' + stem + r'\w*', None, True, 2_000) for found in re.findall(r'[\w$]+', hit.text)} if len(subject) >= 4 else set()
    near = difflib.get_close_matches(subject, known, 5, 0.7)
    if near:
        report.append('Names that come near: ' + ', '.join(f'`{name}`' for name in near) + '.')

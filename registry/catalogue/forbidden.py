"""Columns that may never be collected: religion, genes, fingerprints, blood type, disease, medical history.

Chinese words are looked for anywhere in a header, English ones as whole words, so that 医疗保险, gender or
general stay allowed.
"""

import re
from dataclasses import dataclass

from registry.catalogue.writing import clean

# What the catalogue itself asks for and what sounds like illness but is a scheme or an allowance.
_HARMLESS = re.compile(
    r"(?:基本)?医疗保险|大病(?:医疗)?(?:保险|救助|互助)|重疾险|重大疾病保险|生育保险|工伤保险|医保|病假(?:天数|扣款|工资)?|"
    r"medical insurance|sick (?:leave|pay|days)|health insurance"
)


@dataclass(frozen=True)
class ForbiddenGroup:
    """One kind of data that the law forbids to collect, with the words that give its columns away."""

    code: str
    zh: str
    en: str
    hanzi: tuple[str, ...]
    words: tuple[str, ...]

    def matches(self, header: str) -> bool:
        """Whether a column of this name looks like this kind of data."""
        return any(part in header for part in self.hanzi) or self._pattern.search(header) is not None

    @property
    def _pattern(self) -> re.Pattern[str]:
        return _PATTERNS[self.code]


FORBIDDEN: dict[str, ForbiddenGroup] = {
    group.code: group
    for group in (
        ForbiddenGroup("religion", "宗教信仰", "Religion", ("宗教", "信仰", "信教", "教派", "教徒", "礼拜"),
                       ("religions?", "religious", "faith", "creed", "church", "mosque", "belief")),
        ForbiddenGroup("genes", "基因", "Genes", ("基因", "遗传", "染色体", "脱氧核糖核酸"),
                       ("genes?", "genetics?", "genomes?", "genomics?", "genotypes?", "dna", "rna", "chromosomes?")),
        ForbiddenGroup("fingerprints", "指纹", "Fingerprints", ("指纹", "掌纹"),
                       ("finger ?prints?", "palm ?prints?", "dactylo\\w*")),
        ForbiddenGroup("blood_type", "血型", "Blood type", ("血型",),
                       ("blood ?types?", "blood ?groups?", "blood", "abo", "rh factor")),
        ForbiddenGroup("disease", "疾病", "Disease",
                       ("疾病", "病种", "病名", "病情", "患病", "患者", "诊断", "慢病", "慢性病", "传染病", "精神病", "职业病",
                        "健康状况", "健康状态", "艾滋", "乙肝", "癌症", "肿瘤", "残疾类别"),
                       ("diseases?", "illness(?:es)?", "diagnos[ei]s", "sickness", "disorders?", "hiv", "cancer",
                        "health (?:status|condition|state)", "disability type", "patients?")),
        ForbiddenGroup("medical_history", "病史", "Medical history",
                       ("病史", "病历", "既往症", "就诊", "就医", "住院", "手术", "用药", "体检", "医疗记录", "病案"),
                       ("medical (?:history|records?|conditions?)", "health records?", "hospitali[sz]ations?",
                        "medications?", "prescriptions?", "surger(?:y|ies)", "treatments?", "medical examinations?")),
    )
}  # fmt: skip
_PATTERNS = {
    group.code: re.compile(rf"(?<![a-z])(?:{'|'.join(group.words)})(?![a-z])") for group in FORBIDDEN.values()
}


def forbidden_group(header: str) -> ForbiddenGroup | None:
    """The forbidden kind that a column's name looks like, or None.

    >>> forbidden_group("宗教信仰").code
    'religion'
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", clean(header))
    plain = re.sub(r"[\s_\-./:*]+", " ", spaced).lower()
    plain = _HARMLESS.sub(" ", plain)
    squeezed = plain.replace(" ", "") if not plain.isascii() else plain
    return next((g for g in FORBIDDEN.values() if g.matches(plain) or g.matches(squeezed)), None)

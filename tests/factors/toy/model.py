"""A toy kind of factor: a secret word. Nobody should use it; a test adds it to see what a new kind needs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from trustweb.models.base import Base
from trustweb.models.factor import FactorView

SECRET_WORD = "secret_word"


class SecretWord(Base):
    __tablename__ = "secret_word"

    factor_id: Mapped[int] = mapped_column(ForeignKey("factor.id", ondelete="CASCADE"), primary_key=True)
    word_hash: Mapped[str] = mapped_column(String(64))
    letters: Mapped[int]


@dataclass(frozen=True, slots=True)
class SecretWordView(FactorView):
    letters: int

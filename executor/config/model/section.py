"""What every block of config.yaml has in common: exact types, and no unknown key."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One block. Its fields are its keys; a field's description is the key's documentation."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

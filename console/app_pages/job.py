"""One job on a page of its own, to link to: /job?id=4711."""

from __future__ import annotations

import streamlit as st

from console.parts import job_detail
from console.parts.faces import empty
from console.parts.page_head import head
from console.words import _

wanted = str(st.query_params.get("id", ""))
with head(_("Job {id}").format(id=wanted) if wanted.isdigit() else _("Job"), _("What it did, attempt by attempt.")):
    st.page_link("app_pages/jobs.py", label=_("All jobs"), icon=":material/arrow_back:")
if wanted.isdigit():
    with st.container(width=860):
        job_detail.show(int(wanted[:18]), place="page")
else:
    empty(_("Which job?"), _("The address of a job ends with its number, like /job?id=4711."), icon="search_off",
          action=_("All jobs"), page="app_pages/jobs.py", key="job_none")  # fmt: skip

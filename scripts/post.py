"""Tells people what a run found: ``python3 scripts/post.py comment|issue FILE --key KEY``.

``comment`` goes to the pull request that the pipeline runs for, ``issue`` opens an issue (on Azure
DevOps a work item). What was posted under the same key before is updated, so that there is one.

It needs Azure Pipelines or GitHub Actions around it, and its token in SYSTEM_ACCESSTOKEN or
GITHUB_TOKEN; nothing but the standard library, so that the job that has this token installs and
runs nothing else. The trap: a redirection would carry the token to whoever is named in it, so none
is followed.
"""

import argparse
import html
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

#: In characters: GitHub refuses a text of more than 65,536, Azure DevOps of 150,000.
MOST = 60_000
SECONDS = 30
#: A key is checked before it gets here: letters, digits and hyphens.
OPEN_ITEMS = (
    "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project "
    "AND [System.Tags] CONTAINS 'KEY' "
    "AND [System.State] NOT IN ('Done', 'Closed', 'Removed', 'Resolved')"
)
CUT = "\n\nThe rest is in the run's artefacts.\n"


class PostError(Exception):
    """It cannot be posted; ``code`` is the exit code: 2 for what the caller can mend, else 3."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """Makes an error of every redirection."""

    def redirect_request(self, *_: object) -> None:
        """None: not followed."""
        return


class Host:
    """JSON over HTTP to ``base`` with a token, which no message ever shows."""

    def __init__(self, base: str, token: str) -> None:
        self._base = base.rstrip("/")
        self._token = token
        self._opener = urllib.request.build_opener(_NoRedirection)

    def call(
        self, method: str, path: str, body: object = None, kind: str = "application/json"
    ) -> "dict[str, Any]":
        """The JSON object of the answer; PostError for everything else."""
        answer = self._send(method, path, body, kind)
        if not isinstance(answer, dict):
            raise PostError(f"{method} {_plain(path)}: the answer is no object", 3)
        return answer

    def list(self, path: str) -> "Sequence[dict[str, Any]]":
        """The JSON array of the answer; PostError for everything else."""
        answer = self._send("GET", path, None, "application/json")
        if not isinstance(answer, list):
            raise PostError(f"GET {_plain(path)}: the answer is no list", 3)
        return answer

    def _send(self, method: str, path: str, body: object, kind: str) -> object:
        request = urllib.request.Request(
            f"{self._base}/{path}",
            data=None if body is None else json.dumps(body).encode("utf-8"),
            method=method,
            headers={
                "Authorization": f"Bearer {self._token}",
                "Accept": "application/json",
                "Content-Type": kind,
                "User-Agent": "vedette",
            },
        )
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                content: object = json.loads(answer.read())
                return content
        except urllib.error.HTTPError as error:
            error.close()
            raise PostError(f"{method} {_plain(path)}: {_meaning(error.code)}", 3) from None
        except (OSError, ValueError) as error:
            raise PostError(f"{method} {_plain(path)}: {error}", 3) from None


class AzureDevOps:
    """Pull request threads and work items, with System.AccessToken."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        project = quote(_needed(variables, "SYSTEM_TEAMPROJECTID"), safe="")
        self._host = Host(
            f"{_needed(variables, 'SYSTEM_COLLECTIONURI').rstrip('/')}/{project}/_apis",
            _needed(variables, "SYSTEM_ACCESSTOKEN"),
        )

    def comment(self, key: str, text: str) -> str:
        """Post it as a thread that is closed, since it asks nothing, or change the one there is."""
        number = self._variables.get("SYSTEM_PULLREQUEST_PULLREQUESTID", "")
        if not number:
            raise PostError("this run is for no pull request", 2)
        repository = quote(_needed(self._variables, "BUILD_REPOSITORY_ID"), safe="")
        threads = f"git/repositories/{repository}/pullRequests/{number}/threads"
        version = "?api-version=7.1"
        content = f"{_marker(key)}\n{text}"
        for thread in self._host.call("GET", threads + version)["value"]:
            first = (thread.get("comments") or [{}])[0]
            if not thread.get("isDeleted") and _is_ours(first.get("content"), key):
                place = f"{threads}/{thread['id']}/comments/{first['id']}{version}"
                self._host.call("PATCH", place, {"content": content})
                return f"comment on pull request {number} updated"
        comments = [{"parentCommentId": 0, "content": content, "commentType": "text"}]
        self._host.call("POST", threads + version, {"comments": comments, "status": "closed"})
        return f"comment on pull request {number} written"

    def issue(self, key: str, title: str, text: str) -> str:
        """Open a work item of the type Issue, or change the one that is open."""
        query = OPEN_ITEMS.replace("KEY", key)
        version = "?api-version=7.1"
        found = self._host.call("POST", f"wit/wiql{version}", {"query": query})["workItems"]
        fields = {"Title": title, "Description": f"<pre>{html.escape(text)}</pre>", "Tags": key}
        patch = [
            {"op": "add", "path": f"/fields/System.{name}", "value": value}
            for name, value in fields.items()
        ]
        kind = "application/json-patch+json"
        if found:
            place = f"wit/workitems/{found[0]['id']}{version}"
            self._host.call("PATCH", place, patch, kind)
            return f"work item {found[0]['id']} updated"
        made = self._host.call("POST", f"wit/workitems/$Issue{version}", patch, kind)
        return f"work item {made['id']} opened"


class GitHub:
    """Comments and issues, with the job's own token."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        base = variables.get("GITHUB_API_URL") or "https://api.github.com"
        repository = _needed(variables, "GITHUB_REPOSITORY")
        self._host = Host(f"{base}/repos/{repository}", _needed(variables, "GITHUB_TOKEN"))

    def comment(self, key: str, text: str) -> str:
        """Post it, or change the comment that is there."""
        event = Path(_needed(self._variables, "GITHUB_EVENT_PATH"))
        number = json.loads(event.read_text(encoding="utf-8")).get("pull_request", {}).get("number")
        if number is None:
            raise PostError("this run is for no pull request", 2)
        body = {"body": f"{_marker(key)}\n{text}"}
        for comment in self._comments(number):
            if _is_ours(comment.get("body"), key):
                self._host.call("PATCH", f"issues/comments/{comment['id']}", body)
                return f"comment on pull request {number} updated"
        self._host.call("POST", f"issues/{number}/comments", body)
        return f"comment on pull request {number} written"

    def issue(self, key: str, title: str, text: str) -> str:
        """Open an issue with the key as its label, or change the one that is open."""
        content = {"title": title, "body": f"{_marker(key)}\n{text}"}
        for issue in self._host.list(f"issues?state=open&labels={quote(key)}&per_page=100"):
            # GitHub lists pull requests among the issues.
            if "pull_request" not in issue and _is_ours(issue.get("body"), key):
                self._host.call("PATCH", f"issues/{issue['number']}", content)
                return f"issue {issue['number']} updated"
        made = self._host.call("POST", "issues", {**content, "labels": [key]})
        return f"issue {made['number']} opened"

    def _comments(self, number: int) -> "Iterator[dict[str, Any]]":
        page = 1
        there = self._host.list(f"issues/{number}/comments?per_page=100&page=1")
        while there:
            yield from there
            page += 1
            there = self._host.list(f"issues/{number}/comments?per_page=100&page={page}")


def host_of(variables: Mapping[str, str]) -> "AzureDevOps | GitHub":
    """The host whose pipeline this runs in."""
    if variables.get("TF_BUILD", "").lower() == "true":
        return AzureDevOps(variables)
    if variables.get("GITHUB_ACTIONS", "").lower() == "true":
        return GitHub(variables)
    raise PostError(
        "this is neither Azure Pipelines nor GitHub Actions: there is nowhere to post", 2
    )


def shortened(text: str) -> str:
    """At most MOST characters: whole lines, a code block that was cut is closed."""
    if len(text) <= MOST:
        return text
    kept = text[: MOST - len(CUT) - 20].rpartition("\n")[0]
    fence = ""
    for line in kept.splitlines():
        marks = line[: len(line) - len(line.lstrip("`"))]
        if len(marks) >= 3:
            fence = "" if fence and marks == line.rstrip() == fence else fence or marks
    return kept + (f"\n{fence}" if fence else "") + CUT


def text_of(file: Path) -> str:
    """What to post: Markdown as it is, anything else as a block of text."""
    if not file.exists():
        return f"`{file.name}` was not written; the run's log says why.\n"
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise PostError(f"{file}: cannot be read: {error}", 2) from None
    if file.suffix == ".md":
        return shortened(text)
    marks = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return shortened(f"{marks}text\n{text.rstrip()}\n{marks}\n")


def main(arguments: "list[str] | None" = None) -> NoReturn:
    """Post FILE; exit 0, 2 if it was called wrongly, 3 if the host refuses."""
    parser = argparse.ArgumentParser(prog="post.py", description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["comment", "issue"])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--key", required=True, help="what it is about, such as plan-production")
    parser.add_argument("--title", default="", help="of an issue")
    given = parser.parse_args(arguments)
    if not given.key.replace("-", "").isalnum():
        parser.error("a key is letters, digits and hyphens")
    try:
        text = shortened("\n".join(map(text_of, given.files)))
        host = host_of(os.environ)
        if given.what == "comment":
            said = host.comment(given.key, text)
        else:
            said = host.issue(given.key, given.title or given.key, text)
    except PostError as error:
        sys.stderr.write(f"post.py: {error}\n")
        sys.exit(error.code)
    sys.stdout.write(f"{said}\n")
    sys.exit(0)


def _marker(key: str) -> str:
    """What no reader sees, and by which the text is found again."""
    return f"<!-- vedette: {key} -->"


def _is_ours(text: "str | None", key: str) -> bool:
    return (text or "").startswith(_marker(key))


def _plain(path: str) -> str:
    return path.partition("?")[0]


def _needed(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name, "")
    if not value:
        raise PostError(f"{name} is not set; docs/pipelines.md says which step hands it over", 2)
    return value


def _meaning(status: int) -> str:
    """A status as somebody can act on it."""
    if status in (203, 302, 401):
        return f"status {status}: the token was not accepted"
    if status == 403:
        return "status 403: the pipeline may not write there; docs/pipelines.md says who allows it"
    return f"status {status}"


if __name__ == "__main__":
    main()

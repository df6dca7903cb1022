"""Chats of other programs become memories: a question with its answer, in order, with their time and their thread."""

import json
from datetime import datetime, timezone

import pytest
from exports import (
    PERSONA,
    STEPS,
    chatgpt,
    chatgpt_message,
    chats,
    claude,
    claude_message,
    jupyter_chat,
    put,
    zipped,
)

from memo_jupyter.imports.conversation import words_of
from memo_jupyter.testing import fake_memo


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as opened:
        yield opened


def brought(memo, tmp_path, value, name="conversations.json"):
    done = memo.import_(put(tmp_path / name, value))
    return done, chats(memo)


def sides(records):
    return [(one.prompt, one.response) for one in records]


def test_each_question_of_chatgpt_is_a_memory_with_its_answer(memo, tmp_path):
    done, (first, second) = brought(memo, tmp_path, [chatgpt()])
    assert (done.added, done.known, done.conversations, done.problems) == (2, 0, 1, ())
    assert done.what == "conversations of ChatGPT"
    assert sides([first, second]) == [
        ("Which scaler for the churn data?", "Use the robust scaler."),
        ("Why?", "It ignores outliers."),
    ]
    assert first.text == "Which scaler for the churn data?\n\nUse the robust scaler."
    assert (first.kind, first.author, first.thread) == ("chat", "gpt-4o", "Churn scaling")
    assert first.created == datetime(2024, 5, 7, 10, 0, 5, 250000, tzinfo=timezone.utc)
    assert dict(first.source) == {
        "app": "ChatGPT", "file": "conversations.json", "conversation": "conv-1",
        "import_key": first.source["import_key"],
    }  # fmt: skip
    memo._open().indexer.catch_up()
    assert memo.verify() == []
    assert [(one.name, one.questions) for one in memo.threads()] == [("Churn scaling", 2)]


def test_of_a_tree_the_branch_that_is_shown_is_kept(memo, tmp_path):
    value = chatgpt()
    for key, text in (("other", "Use none."), ("latest", "Use the standard scaler.")):
        message = chatgpt_message("assistant", text, STEPS + 99, key)
        value["mapping"][key] = {"id": key, "message": message, "parent": "conv-1-q1", "children": []}
        value["mapping"]["conv-1-q1"]["children"].append(key)
    value["current_node"] = "latest"
    _, records = brought(memo, tmp_path, [value])
    assert sides(records) == [("Which scaler for the churn data?", "Use the standard scaler.")]
    assert records[0].author == "gpt-4o-mini"  # the conversation's model, where the message names none


def test_without_a_current_node_the_latest_branch_is_kept(memo, tmp_path):
    value = chatgpt(current_node="gone")
    _, records = brought(memo, tmp_path, [value])
    assert len(records) == 2


def test_what_tools_the_system_and_thoughts_say_is_left_out_and_images_are_marked(memo, tmp_path):
    image = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x", "width": 1}
    spoken = {"content_type": "audio_transcription", "text": "and in words", "direction": "in"}
    messages = [
        chatgpt_message("user", "", STEPS, "1", kind="user_editable_context", parts=["I am secret"]),
        chatgpt_message("user", "", STEPS, "2", kind="multimodal_text", parts=[image, "What is this?", spoken]),
        chatgpt_message("assistant", "search('it')", STEPS, "3", kind="code", recipient="browser"),
        chatgpt_message("tool", "a page", STEPS, "4"),
        chatgpt_message("assistant", "", STEPS, "5", kind="thoughts", parts=[]),
        chatgpt_message("assistant", "hidden", STEPS, "6", is_visually_hidden_from_conversation=True),
        chatgpt_message("assistant", "A cat. \ue200cite\ue202turn0search1\ue201", STEPS, "7", model="o3"),
        chatgpt_message("assistant", "A tabby.", STEPS, "8", model="o3"),
    ]
    _, records = brought(memo, tmp_path, [chatgpt(messages=messages)])
    assert sides(records) == [("[image]\n\nWhat is this?\n\nand in words", "A cat.\n\nA tabby.")]


def test_turns_keep_their_order_where_times_are_missing_equal_or_run_backwards(memo, tmp_path):
    times = [STEPS, None, STEPS, STEPS - 500, "soon", 1e18, -4, float("nan"), True, [], STEPS + 50, 0]
    messages = [
        chatgpt_message(role, f"{role} {number}", moment, f"{number} {role}")
        for number, moment in enumerate(times)
        for role in ("user", "assistant")
    ]
    _, records = brought(memo, tmp_path, [chatgpt(messages=messages)])
    assert [one.prompt for one in records] == [f"user {number}" for number in range(len(times))]
    assert records[-2].created.timestamp() == STEPS + 50
    assert [one.id for one in records] == sorted(one.id for one in records)


def test_a_claude_export_is_read_with_its_blocks_and_files(memo, tmp_path):
    blocks = [
        {"type": "thinking", "thinking": "hidden"},
        {"type": "text", "text": "First."},
        {"type": "tool_use", "name": "search", "input": {}},
        {"type": "tool_result", "content": [{"type": "text", "text": "a page"}]},
        {"type": "text", "text": "Second."},
    ]
    when = "2024-06-01T08:00:01Z"
    attached = [{"file_name": "notes.txt", "file_size": 3, "file_type": "txt", "extracted_content": "pasted words"}]
    messages = [
        claude_message("human", "Read this.", when, "1", attachments=attached, files=[{"file_name": "plot.png"}]),
        claude_message("assistant", "unsupported block", when, "2", content=blocks),
        claude_message("human", "Older", when, "3", content=None),
        {"uuid": "4", "sender": "assistant", "text": "form", "created_at": when},
    ]
    done, records = brought(memo, tmp_path, [claude(messages=messages)])
    assert done.what == "conversations of Claude"
    assert sides(records) == [
        ("Read this.\n\n[file: notes.txt]\n\npasted words\n\n[file: plot.png]", "First.\n\nSecond."),
        ("Older", "form"),
    ]
    assert {(one.author, one.thread) for one in records} == {("Claude", "Trains")}


def test_of_an_edited_question_to_claude_the_last_version_is_kept(memo, tmp_path):
    when = "2024-06-01T08:00:01Z"
    told = [("1", None, "human"), ("2", "1", "assistant"), ("3", "2", "human"), ("4", "3", "assistant"),
            ("5", "2", "human"), ("6", "5", "assistant")]  # fmt: skip
    messages = [claude_message(who, key, when, key, parent_message_uuid=parent) for key, parent, who in told]
    _, records = brought(memo, tmp_path, [claude(messages=messages)])
    assert sides(records) == [("1", "2"), ("5", "6")]


def test_a_chat_of_jupyter_ai_3_names_its_persona_and_its_file(memo, tmp_path):
    done, (record,) = brought(memo, tmp_path, jupyter_chat(), "Parquet.chat")
    assert done.what == "conversations of Jupyter chat"
    assert record.prompt == "@Jupyternaut how do I read a parquet file?\n\n[file: work/load.ipynb]"
    assert record.response == "Call `pandas.read_parquet`."
    assert (record.author, record.thread) == ("Jupyternaut", "Parquet")
    assert record.source["file"] == "Parquet.chat"


def test_a_chat_of_jupyterlab_chat_0_6_knows_neither_bots_nor_attachments(memo, tmp_path):
    value = jupyter_chat()
    del value["attachments"]
    for user in value["users"].values():
        del user["bot"]
    value = json.loads(json.dumps(value).replace(PERSONA, "5f6a7570-7974"))
    _, (record,) = brought(memo, tmp_path, value, "a.chat")
    assert (record.prompt, record.author) == ("@Jupyternaut how do I read a parquet file?", "Jupyternaut")


def test_where_people_chat_whoever_spoke_first_asks(memo, tmp_path):
    said = [("ada", "Shall we?"), ("bob", "Yes."), ("eve", "No."), ("ada", "Then tomorrow.")]
    messages = [
        {"body": body, "id": f"m{number}", "time": STEPS + number, "sender": sender, "type": "msg"}
        for number, (sender, body) in enumerate(said)
    ]
    users = {name: {"username": name, "name": name, "display_name": name.title()} for name in ("ada", "bob", "eve")}
    _, records = brought(memo, tmp_path, {"messages": messages, "users": users, "metadata": {}}, "a.chat")
    assert [(one.prompt, one.response, one.author) for one in records] == [
        ("Shall we?", "Yes.\n\nNo.", "Bob"),
        ("Then tomorrow.", "", "Jupyter chat"),
    ]


def test_what_the_server_of_jupyter_ai_2_answers_is_read(memo, tmp_path):
    messages = [
        {"type": "human", "id": "1", "time": STEPS, "body": "hi", "prompt": "hi", "client": {"username": "ada"}},
        {"type": "agent-stream", "id": "2", "time": STEPS + 1, "body": "hello", "reply_to": "1", "complete": True,
         "persona": {"name": "Jupyternaut", "avatar_route": "x"}},
        {"type": "pending", "id": "3", "time": STEPS + 1, "body": "thinking", "reply_to": "1"},
    ]  # fmt: skip
    _, (record,) = brought(memo, tmp_path, {"messages": messages}, "history.json")
    assert (record.prompt, record.response, record.author) == ("hi", "hello", "Jupyternaut")


def test_an_export_is_read_from_its_zip_also_in_numbered_parts_and_folders(memo, tmp_path):
    path = zipped(
        tmp_path / "export.zip",
        **{
            "x/conversations-001.json": [chatgpt("Two", "c2")],
            "x/conversations-000.json": [chatgpt("One", "c1")],
            "__MACOSX/x/conversations-000.json": "junk",
            "x/shared_conversations.json": [{"id": "no"}],
        },
    )
    done = memo.import_(path)
    assert (done.added, done.conversations, done.problems) == (4, 2, ())
    assert {one.name for one in memo.threads()} == {"One", "Two"}
    assert chats(memo)[0].source["file"] == "export.zip"


def test_titles_that_are_shared_or_empty_make_threads_of_their_own_that_stay(memo, tmp_path):
    memo.keep(text="mine", kind="chat", prompt="mine", response="", thread="New chat")
    same = [chatgpt("New chat", f"c{number}") for number in range(3)]
    same.append(chatgpt("New chat", "c9", create_time=STEPS + 86_400))
    _, records = brought(memo, tmp_path, [*same, chatgpt(None, "empty"), chatgpt("  ", "empty too")])
    named = {one.source["conversation"]: one.thread for one in records if "conversation" in one.source}
    assert len(set(named.values())) == 6
    assert named["c0"] == "New chat (2024-05-07)"
    assert named["c1"] == "New chat (2024-05-07 10:00)"
    assert named["c2"].startswith("New chat (2024") is False
    assert named["c9"] == "New chat (2024-05-08)"
    assert {named["empty"], named["empty too"]} == {
        "ChatGPT conversation", "ChatGPT conversation (2024-05-07)"
    }  # fmt: skip
    grown = []
    for value in reversed(same):  # a later export, newest first, in which each has gone on
        key, last = value["id"], value["current_node"]
        for role, name in (("user", "q3"), ("assistant", "a3")):
            message = chatgpt_message(role, "more", STEPS + 900, f"{key}-{name}")
            value["mapping"][message["id"]] = {"message": message, "parent": last, "children": []}
            last = message["id"]
        grown.append({**value, "current_node": last})
    done, records = brought(memo, tmp_path, grown)
    assert (done.added, done.known) == (4, 8)
    assert {one.source["conversation"]: one.thread for one in records if one.prompt == "more"} == {
        key: thread for key, thread in named.items() if key.startswith("c")
    }


def test_every_text_goes_through_the_one_seam(memo, tmp_path):
    from memo_jupyter.imports.recognise import import_

    path = put(tmp_path / "conversations.json", [chatgpt("Which title")])
    import_(memo._open(), path, clean=lambda text: text.replace("Which", "█").replace("robust", "█"))
    first = chats(memo)[0]
    assert (first.prompt, first.response) == ("█ scaler for the churn data?", "Use the █ scaler.")
    assert first.thread == "█ title"
    assert "Which" not in first.text


def test_the_head_of_a_table_stays_above_its_columns():
    table = "   user  password\n0   ada  abcdefgh"
    assert words_of([f"\n{table}\n ", " ", "and more"]) == f"{table}\n\nand more"

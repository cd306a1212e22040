"""OpenAI's own client at `/v1/completions`."""

import openai as official
import pytest
from http_clients import openai


async def test_a_hole_is_filled(engine):
    """The plain path: prompt and suffix in, the text between them out."""
    async with openai(engine.path) as client:
        answer = await client.completions.create(
            model="any", prompt="a = ", suffix="\n", max_tokens=40
        )
    [choice] = answer.choices
    assert (choice.text, choice.finish_reason) == ("A = ", "stop")
    assert answer.model == engine.backend.welcome.model
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (3, 4)
    assert answer.usage.prompt_tokens_details.cached_tokens == 2


async def test_a_stream_comes_to_the_same_text(engine):
    """Pieces that did not add up to the text were put into the editor."""
    async with openai(engine.path) as client:
        stream = await client.completions.create(
            model="any", prompt="a = ", stream=True, stream_options={"include_usage": True}
        )
        pieces = [piece async for piece in stream]
    assert "".join(each.choices[0].text for each in pieces[:-1]) == "A = "
    assert [each.choices[0].finish_reason for each in pieces[:-1]][-1] == "stop"
    assert (pieces[-1].choices, pieces[-1].usage.completion_tokens) == ([], 4)


async def test_a_text_ends_at_the_first_stop_sequence(engine):
    """Stop sequences were read and not heeded."""
    async with openai(engine.path) as client:
        answer = await client.completions.create(
            model="any", prompt="one two three", stop=["THREE", " TWO"]
        )
    assert (answer.choices[0].text, answer.usage.completion_tokens) == ("ONE", 3)


async def test_a_hole_that_was_used_up_says_so(engine):
    """Editors ask for more where a text was cut off, and only there."""
    async with openai(engine.path) as client:
        answer = await client.completions.create(model="any", prompt="longer", max_tokens=6)
        more = await client.completions.create(model="any", prompt="longer", max_tokens=7)
    assert [answer.choices[0].finish_reason, more.choices[0].finish_reason] == ["length", "stop"]


async def test_more_tokens_than_the_engine_fills_are_as_many_as_it_does(engine):
    """4,096 is what many editors ask for; it was refused as too large a hole."""
    async with openai(engine.path) as client:
        answer = await client.completions.create(model="any", prompt="x", max_tokens=4096)
        several = await client.completions.create(model="any", prompt="x", max_tokens=4096, n=2)
    assert (answer.choices[0].text, several.choices[0].text) == ("X", "X")


async def test_refusals_have_the_classes_of_the_client(engine):
    """Every refusal was an APIError without a reason."""
    async with openai(engine.path) as client:
        with pytest.raises(official.BadRequestError, match="the prompt is too long"):
            await client.completions.create(model="any", prompt="refuse")
        with pytest.raises(official.InternalServerError, match="see its log"):
            await client.completions.create(model="any", prompt="boom")
        with pytest.raises(official.BadRequestError, match="logprobs") as caught:
            await client.completions.create(model="any", prompt="x", logprobs=3)
        assert caught.value.param == "logprobs"
        with pytest.raises(official.BadRequestError, match="one text"):
            await client.completions.create(model="any", prompt=["x", "y"])


async def test_a_refusal_keeps_its_status_where_a_stream_was_asked_for(engine):
    """The stream began with 200 and then said nothing that a client reads."""
    async with openai(engine.path) as client:
        with pytest.raises(official.BadRequestError, match="the prompt is too long"):
            await client.completions.create(model="any", prompt="refuse", stream=True)


async def test_models_are_listed_and_found(engine):
    """Editors offer what is listed, and ask for it by its name."""
    async with openai(engine.path) as client:
        [listed] = [each async for each in client.models.list()]
        assert listed.id == engine.backend.welcome.model
        assert (await client.models.retrieve(listed.id)).owned_by == "diffgem"
        with pytest.raises(official.NotFoundError, match="no model"):
            await client.models.retrieve("gpt/none")


async def test_who_asks_for_a_chat_is_told_what_there_is(engine):
    """ "Error code: 404" was all that a client set to chats heard."""
    async with openai(engine.path) as client:
        with pytest.raises(official.NotFoundError, match="there is no chat here") as told:
            await client.chat.completions.create(model="any", messages=[])
    assert told.value.code == "not-found"

"""A page in a real browser, from disk, with the network off."""

from __future__ import annotations

import pytest

from harness.page.reports import page


@pytest.fixture
def look(page_of):
    """``look(folder, ...)`` opens the page of boards."""
    return lambda *folders, **options: page_of(page(folders, "zoo report it --html page.html"), **options)


def models(shown):
    """The rows that are seen, from top to bottom."""
    return shown.locator(".sheet:visible .ranking tbody:visible").evaluate_all(
        "all => all.map(one => one.dataset.model)"
    )


def test_labels_are_shown_one_at_a_time_and_chosen_by_mouse_keyboard_and_address(look, board_folder):
    shown = look(board_folder(labels=["dna", "lipid", "dead"]))
    seen = shown.locator(".sheet:visible h2")

    assert seen.inner_text() == "dna"
    shown.get_by_role("tab", name="lipid").click()
    assert seen.inner_text() == "lipid"
    shown.keyboard.press("ArrowRight")
    assert seen.inner_text() == "dead"
    shown.keyboard.press("Home")
    assert seen.inner_text() == "dna"
    shown.locator(".matrix [data-open]").nth(1).click()
    assert seen.inner_text() == "lipid"
    shown.reload()
    assert seen.inner_text() == "lipid"


def test_a_table_is_sorted_by_its_heads_and_says_so(look, board_folder):
    shown = look(board_folder())
    ranked = ["alpha@cells", "beta@cells", "gamma@cells", "clean-truth", "linear-pixel"]
    heads = shown.locator(".sheet:visible thead")

    assert models(shown) == ranked
    heads.get_by_role("button", name="model").click()
    heads.get_by_role("button", name="model").click()
    assert models(shown) == sorted(ranked, reverse=True)
    assert heads.locator("th.model").get_attribute("aria-sort") == "descending"
    heads.get_by_role("button", name="r", exact=True).click()
    assert models(shown)[0] == "clean-truth"
    heads.get_by_role("button", name="rank").click()
    assert models(shown) == ranked


def test_a_table_is_filtered_by_words_controls_and_gates(look, board_folder):
    shown = look(board_folder())
    tools = shown.locator(".sheet:visible > .tools")

    tools.get_by_label("Find").fill("GAMMA")
    assert models(shown) == ["gamma@cells"]
    assert tools.locator("output").inner_text() == "1 of 5 rows"
    tools.get_by_label("Find").fill("")
    tools.get_by_label("controls").uncheck()
    assert models(shown) == ["alpha@cells", "beta@cells", "gamma@cells"]
    tools.get_by_label("no gate failed").check()
    assert models(shown) == ["alpha@cells", "gamma@cells"]


def test_a_row_opens_for_its_verdicts(look, board_folder):
    shown = look(board_folder())
    button = shown.locator(".sheet:visible .open").nth(1)

    assert not shown.get_by_text("what blank found").first.is_visible()
    button.focus()
    shown.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    assert shown.locator(".more:visible .verdicts li.fail").inner_text().split()[1:3] == ["fail", "blank"]


def test_truth_and_prediction_slide_by_keyboard_and_by_mouse(look, board_folder, pictured):
    shown = look(pictured(board_folder()))
    shown.locator(".sheet:visible .gallery").scroll_into_view_if_needed()
    sliders = shown.locator(".sheet:visible .slide")
    pictures = shown.locator(".sheet:visible .compare")
    sliders.first.wait_for()

    places = "all => all.map(one => one.style.getPropertyValue('--at'))"
    assert pictures.evaluate_all(places) == ["50", "50", "50"]
    sliders.first.focus()
    shown.keyboard.press("ArrowRight")
    assert pictures.evaluate_all(places) == ["51", "51", "51"]
    shown.get_by_label("move together").first.uncheck()
    box = pictures.nth(1).bounding_box()
    shown.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 50)
    shown.mouse.down()
    shown.mouse.up()
    assert pictures.evaluate_all(places) == ["51", "20", "51"]
    assert sliders.nth(1).get_attribute("aria-valuetext") == "20 % truth"


def test_the_gallery_shows_the_model_that_is_chosen_and_works_out_its_error(look, board_folder, pictured):
    shown = look(pictured(board_folder()))
    gallery = shown.locator(".sheet:visible .gallery")
    gallery.scroll_into_view_if_needed()
    truth, prediction = (gallery.locator(f'[data-show="{kind}"]').first for kind in ("truth", "prediction"))
    truth.wait_for()
    before = truth.get_attribute("src"), prediction.get_attribute("src")

    gallery.get_by_label("Model").select_option("gamma@cells")
    assert "predicted by gamma@cells" in prediction.get_attribute("alt")
    assert prediction.get_attribute("src") != before[1]
    canvas = gallery.locator("canvas").first
    shown.wait_for_function("one => one.width === 32", arg=canvas.element_handle())
    shades = canvas.evaluate("one => new Set(one.getContext('2d').getImageData(0, 0, 32, 24).data).size")
    assert shades > 50


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(look, board_folder, pictured, markup, width):
    long = "a-very-long-name-of-a-model-that-goes-on-and-on@a-dataset-with-a-long-name.and-a-scheme"
    shown = look(
        pictured(board_folder(models=[long, markup], labels=[f"label{index}" for index in range(9)])), width=width
    )

    assert shown.evaluate("document.documentElement.scrollWidth") <= width


def test_names_with_markup_do_nothing(look, board_folder, pictured, markup):
    shown = look(pictured(board_folder(models=[markup, "plain@cells"])))

    assert shown.locator("img[src='x']").count() == 0
    assert shown.locator(".ranking .id").first.inner_text() == markup


def test_light_and_dark_follow_the_system_until_somebody_chooses(look, board_folder):
    shown = look(board_folder(), color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = shown.evaluate(paper)

    shown.get_by_role("button", name="Show the page in light colours").click()
    assert shown.evaluate(paper) != dark
    shown.get_by_role("button", name="Show the page in dark colours").click()
    assert shown.evaluate(paper) == dark


def test_forty_models_are_shown(look, board_folder):
    shown = look(board_folder(models=[f"net{index:02d}@cells" for index in range(40)], labels=["dna"]))

    assert len(models(shown)) == 42


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_no_serious_barrier_is_found(look, board_folder, pictured, barriers, scheme, width):
    told = {"models": ["alpha@cells", "beta@cells"], "failing": ["beta@cells"], "labels": ["dna", "lipid"]}
    shown = look(pictured(board_folder(**told, sessions=6, limit=3)), color_scheme=scheme, width=width)
    shown.locator(".sheet:visible .open").nth(1).click()
    shown.locator(".sheet:visible .gallery").scroll_into_view_if_needed()
    shown.mouse.move(0, 0)  # what is pointed at stands out, and the rest fades

    assert not barriers(shown)

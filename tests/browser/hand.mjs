// SPDX-License-Identifier: Apache-2.0
// How a person works: with the mouse, or with nothing but the keyboard.
import { check } from "./tap.mjs";

export class Mouse {
  constructor(page) {
    this.page = page;
  }

  async type(selector, text) {
    await this.page.fill(selector, text);
  }

  async pick(selector) {
    await this.page.check(selector);
  }

  async choose(selector, value) {
    await this.page.selectOption(selector, value);
  }

  // Presses what leads to another page.
  async go(selector) {
    await Promise.all([this.page.waitForNavigation(), this.page.click(selector)]);
  }
}

// Reaches everything by Tab; what has the focus must be visible and marked.
export class Keyboard {
  constructor(page) {
    this.page = page;
  }

  async reach(selector) {
    const target = this.page.locator(selector).first();
    await target.waitFor({ state: "attached" });
    for (let i = 0; i < 250; i++) {
      const there = await target.evaluate((e) => {
        const a = document.activeElement;
        if (a === e) return "here";
        // One stop for a group of radio buttons.
        return a?.type === "radio" && e.type === "radio" && a.name === e.name && a.form === e.form ? "group" : "";
      });
      if (there !== "") {
        await this.seen(selector);
        return there;
      }
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`Tab does not reach ${selector}`);
  }

  async seen(selector) {
    const how = await this.page.evaluate(() => {
      const e = document.activeElement;
      const marked = [e, e.closest("label"), e.parentElement].filter(Boolean).some((x) => {
        const s = getComputedStyle(x);
        return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none";
      });
      const r = (e.closest("label") ?? e).getBoundingClientRect();
      return { marked, inside: r.bottom > 0 && r.top < innerHeight };
    });
    check(how.marked, `${selector} has the focus and does not show it`);
    check(how.inside, `${selector} has the focus outside of the window`);
  }

  async type(selector, text) {
    await this.reach(selector);
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.insertText(text);
  }

  async pick(selector) {
    const box = this.page.locator(selector).first();
    await this.reach(selector);
    for (let i = 0; i < 14 && !(await box.isChecked()); i++)
      await this.page.keyboard.press(i === 0 && (await box.evaluate((e) => document.activeElement === e)) ? "Space" : "ArrowDown");
    check(await box.isChecked(), `${selector} cannot be chosen by keyboard`);
  }

  async choose(selector, value) {
    await this.reach(selector);
    await this.page.keyboard.press("Home");
    for (let i = 0; i < 300 && (await this.page.inputValue(selector)) !== value; i++)
      await this.page.keyboard.press("ArrowDown");
    check((await this.page.inputValue(selector)) === value, `${selector} has no ${value}`);
  }

  async go(selector) {
    await this.reach(selector);
    await Promise.all([this.page.waitForNavigation(), this.page.keyboard.press("Enter")]);
  }
}

// Rules for the scripts that pages carry: modules, which the page puts together into one script.
import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["node_modules/", ".venv/", "**/dist/"] },
  {
    files: ["autograd/**/*.js"],
    ...js.configs.recommended,
    languageOptions: {
      ecmaVersion: 2022,
      sourceType: "module",
      globals: globals.browser,
    },
    rules: {
      ...js.configs.recommended.rules,
      "consistent-return": "error",
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Text becomes markup: build elements instead." },
        { property: "outerHTML", message: "Text becomes markup: build elements instead." },
        { property: "insertAdjacentHTML", message: "Text becomes markup: build elements instead." },
      ],
      "no-restricted-globals": [
        "error",
        { name: "fetch", message: "A page asks nobody for anything." },
        { name: "XMLHttpRequest", message: "A page asks nobody for anything." },
        { name: "WebSocket", message: "A page asks nobody for anything." },
        { name: "localStorage", message: "A page leaves nothing behind." },
        { name: "sessionStorage", message: "A page leaves nothing behind." },
      ],
      "no-shadow": "error",
      "no-unused-vars": ["error", { args: "all", argsIgnorePattern: "^_" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];

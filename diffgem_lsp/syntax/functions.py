"""What a function is in the syntax trees, of all languages."""

FUNCTIONS = frozenset(
    {
        "anonymous_function",
        "arrow_function",
        "closure_expression",
        "compact_constructor_declaration",
        "constructor_declaration",
        "func_literal",
        "function_declaration",
        "function_definition",
        "function_expression",
        "function_item",
        "generator_function",
        "generator_function_declaration",
        "lambda_expression",
        "method",
        "method_declaration",
        "method_definition",
        "singleton_method",
    }
)

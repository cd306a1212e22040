"""What the grammars call the places that give a name its meaning.

All grammars share one table: the types of their nodes hardly ever contradict each other.
"""

from collections.abc import Mapping
from types import MappingProxyType

from diffgem_lsp.syntax.functions import FUNCTIONS

# (node, field) -> names in there are bound: within the innermost scope around them.
BINDERS = frozenset(
    {
        ("aliased_import", "alias"),
        ("arrow_function", "parameter"),
        ("as_pattern", "alias"),
        ("assignment", "left"),  # Python, Ruby
        ("assignment_pattern", "left"),
        ("augmented_assignment", "left"),
        ("block_parameters", ""),
        ("catch_clause", "parameter"),
        ("catch_formal_parameter", "name"),
        ("closure_parameters", ""),
        ("const_item", "name"),
        ("const_spec", "name"),
        ("declaration", "declarator"),
        ("default_parameter", "name"),
        ("enhanced_for_statement", "name"),
        ("field_declaration", "declarator"),
        ("for_expression", "pattern"),
        ("for_generic_clause", ""),
        ("for_in_clause", "left"),
        ("for_in_statement", "left"),
        ("for_numeric_clause", "name"),
        ("for_range_loop", "declarator"),
        ("for_statement", "left"),
        ("formal_parameter", "name"),
        ("formal_parameters", ""),
        ("import_clause", ""),
        ("import_from_statement", "name"),
        ("import_specifier", "name"),
        ("import_statement", "name"),
        ("inferred_parameters", ""),
        ("init_declarator", "declarator"),
        ("lambda_expression", "parameters"),
        ("lambda_parameters", ""),
        ("let_condition", "pattern"),
        ("let_declaration", "pattern"),
        ("match_pattern", ""),
        ("method_parameters", ""),
        ("named_expression", "name"),
        ("optional_parameter", "pattern"),
        ("parameter", "pattern"),
        ("parameter_declaration", "declarator"),
        ("parameter_declaration", "name"),
        ("parameters", ""),
        ("range_clause", "left"),
        ("required_parameter", "pattern"),
        ("resource", "name"),
        ("short_var_declaration", "left"),
        ("simple_parameter", "name"),
        ("static_item", "name"),
        ("typed_default_parameter", "name"),
        ("typed_parameter", ""),
        ("var_spec", "name"),
        ("variable_declaration", ""),
        ("variable_declarator", "name"),
        ("variable_list", "name"),
    }
)
# The same, but the name belongs to the scope around the node.
OUTER_BINDERS = frozenset(
    {
        ("class_declaration", "name"),
        ("class_definition", "name"),
        ("class_specifier", "name"),
        ("enum_item", "name"),
        ("function_declaration", "name"),
        ("function_declarator", "declarator"),
        ("function_definition", "name"),
        ("function_item", "name"),
        ("generator_function_declaration", "name"),
        ("interface_declaration", "name"),
        ("method", "name"),
        ("method_declaration", "name"),
        ("struct_item", "name"),
        ("struct_specifier", "name"),
        ("trait_item", "name"),
        ("type_alias_declaration", "name"),
        ("type_spec", "name"),
    }
)
# The same by node: field -> whether its names belong to the scope around the node.
FIELDS: Mapping[str, Mapping[str, bool]] = MappingProxyType(
    {
        node: {
            field: (node, field) in OUTER_BINDERS
            for kind, field in BINDERS | OUTER_BINDERS
            if kind == node
        }
        for node, _ in BINDERS | OUTER_BINDERS
    }
)
ASSIGNMENTS = frozenset({"assignment", "assignment_expression", "assignment_statement"})
DEFAULTS = frozenset({"default_parameter", "typed_default_parameter"})
TYPE_WORDS = ("class", "enum", "interface", "struct", "trait", "type_")  # in a declaration's type
LOOPS = frozenset(
    {
        "enhanced_for_statement",
        "for_expression",
        "for_in_clause",
        "for_in_statement",
        "for_range_loop",
        "for_statement",
    }
)
# What may stand between a name and what binds it.
PATTERNS = frozenset(
    {
        "array_declarator",
        "array_pattern",
        "as_pattern_target",
        "assignment_statement",
        "dictionary_splat_pattern",
        "dotted_name",
        "expression_list",
        "list_pattern",
        "list_splat_pattern",
        "mut_pattern",
        "name_list",
        "named_imports",
        "object_pattern",
        "pair_pattern",
        "pattern_list",
        "pointer_declarator",
        "reference_declarator",
        "reference_pattern",
        "rest_pattern",
        "slice_pattern",
        "tuple_pattern",
        "variable_list",
        "variable_name",
    }
)
# What a name may be bound in.
SCOPES = FUNCTIONS | frozenset(
    {
        "block",
        "catch_clause",
        "chunk",
        "class_body",
        "compound_statement",
        "declaration_list",
        "do_block",
        "do_statement",
        "enhanced_for_statement",
        "field_declaration_list",
        "for_expression",
        "for_in_statement",
        "for_range_loop",
        "for_statement",
        "if_statement",
        "match_arm",
        "statement_block",
        "try_with_resources_statement",
    }
)
# Where no block is a scope.
_PYTHON_SCOPES = frozenset(
    {
        "class_definition",
        "dictionary_comprehension",
        "function_definition",
        "generator_expression",
        "lambda",
        "list_comprehension",
        "set_comprehension",
    }
)
_RUBY_SCOPES = frozenset({"block", "class", "do_block", "lambda", "method", "module"})
_PHP_SCOPES = frozenset(
    {"anonymous_function", "declaration_list", "function_definition", "method_declaration"}
)
SCOPES_OF: Mapping[str, frozenset[str]] = MappingProxyType(
    {"php": _PHP_SCOPES, "python": _PYTHON_SCOPES, "ruby": _RUBY_SCOPES}
)
# The bodies of classes, whose names are members.
CLASSES = frozenset(
    {
        "class",
        "class_body",
        "class_definition",
        "declaration_list",
        "enum_body",
        "field_declaration_list",
        "impl_item",
        "interface_body",
    }
)
# (node, field) of a name that belongs to what stands before it.
MEMBERS = frozenset(
    {
        ("attribute", "attribute"),
        ("call", "method"),
        ("dot_index_expression", "field"),
        ("field_access", "field"),
        ("member_access_expression", "name"),
        ("member_call_expression", "name"),
        ("method_index_expression", "method"),
        ("method_invocation", "name"),
        ("scoped_call_expression", "name"),
        ("scoped_identifier", "name"),
        ("scoped_property_access_expression", "name"),
    }
)
# The names of arguments: they belong to what is called.
KEYWORDS = frozenset({("argument", "name"), ("keyword_argument", "name")})
MEMBER_TYPES = frozenset({"field_identifier", "private_property_identifier", "property_identifier"})
OWNERS = frozenset({"$this", "cls", "self", "this"})  # a member of these is of the class around
NAME_TYPES = frozenset({"constant", "name", "variable_name"})  # beside all kinds of identifiers

(struct_item name: (type_identifier) @name) @class
(enum_item name: (type_identifier) @name) @class
(union_item name: (type_identifier) @name) @class
(trait_item name: (type_identifier) @name) @class
(impl_item type: [(type_identifier) @name (generic_type type: (type_identifier) @name)]) @holder
(mod_item name: (identifier) @name body: (_)) @holder
(function_item name: (identifier) @name) @function
(function_signature_item name: (identifier) @name) @function
(type_item name: (type_identifier) @name) @type
(const_item name: (identifier) @name) @variable
(static_item name: (identifier) @name) @variable
(field_declaration name: (field_identifier) @name) @variable
(macro_definition name: (identifier) @name) @function

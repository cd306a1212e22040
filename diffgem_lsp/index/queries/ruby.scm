(class name: (constant) @name) @class
(module name: (constant) @name) @class
(method name: (identifier) @name) @function
(singleton_method name: (identifier) @name) @function
(assignment left: (constant) @name) @variable

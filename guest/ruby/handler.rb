# frozen_string_literal: true

# Finds and calls the function's method. At the top level, as AWS's is: its name stands in the message for a method that is
# not there.
class LambdaHandler
  attr_reader :file

  def initialize(name)
    parts = name.split('.')
    unless [2, 3].include?(parts.size)
      raise ArgumentError, "Invalid handler #{parts}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where " \
                           'FILENAME corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional ' \
                           'module/class namespace and METHOD is a callable method. If using CLASS, METHOD must be a ' \
                           'class-level method.'
    end
    @file = parts.first
    @class_name = parts[1] if parts.size == 3
    @method_name = parts.last
  end

  # The answer's bytes.
  def call(event, context)
    # A method that a file defines outside of any class is a private one of every object.
    target = @class_name ? Kernel.const_get(@class_name) : self
    answer = target.__send__(@method_name, event: event, context: context)
    case answer
    when StringIO, IO then answer.read # Not JSON: the bytes as they are.
    else answer.to_json
    end
  end
end

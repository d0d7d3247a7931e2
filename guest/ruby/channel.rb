# frozen_string_literal: true

module Lambent
  # Descriptor 3: frames, in both directions.
  class Channel
    INIT = 1
    INVOKE = 2
    READY = 16
    INIT_DONE = 17
    INIT_ERROR = 18
    RESPONSE = 19
    ERROR = 20
    FATAL = 21

    def initialize
      # One object for each direction: a Ruby IO that does both would try to seek. Neither closes the descriptor, and
      # children of user code do not inherit it.
      @reader = IO.for_fd(3, 'rb', autoclose: false)
      @writer = IO.for_fd(3, 'wb', autoclose: false)
      @reader.close_on_exec = true
      @writer.sync = true
    end

    # Blocks for the next frame; nil when the platform has closed its end.
    def receive
      head = @reader.read(5)
      return nil if head.nil? || head.bytesize < 5

      length, kind = head.unpack('VC')
      payload = length.zero? ? ''.b : @reader.read(length)
      payload.nil? || payload.bytesize < length ? nil : [kind, payload]
    end

    def send(kind, payload = '')
      @writer.write([payload.bytesize, kind].pack('VC'), payload)
    end
  end
end

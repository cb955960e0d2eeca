namespace LibBpf;

/// <summary>A handler takes one record of a ring buffer.</summary>
/// <param name="record">The record's bytes. They are the kernel's own memory and valid until the handler returns, so copy what must last longer.</param>
public delegate void RingBufferHandler(ReadOnlySpan<byte> record);

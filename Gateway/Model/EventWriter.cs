using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gateway.Model;

/// <summary>Writes server-sent events (HTML, section 9.2.5), several of which may go together. Their data is JSON, which has no line ends.</summary>
internal sealed class EventWriter(Stream body)
{
    private ArrayBufferWriter<byte> _events = new();

    public bool IsEmpty => _events.WrittenCount == 0;

    public void Add(string name, ReadOnlySpan<byte> data)
    {
        _events.Write(Encoding.ASCII.GetBytes($"event: {name}\ndata: "));
        _events.Write(data);
        _events.Write("\n\n"u8);
    }

    /// <summary>Adds what readers skip.</summary>
    public void AddComment() => _events.Write(":\n\n"u8);

    /// <summary>Adds after how many milliseconds a reader asks again that has lost its connection.</summary>
    public void AddRetry(int milliseconds) => _events.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"retry: {milliseconds}\n\n")));

    public async Task SendAsync(CancellationToken cancellationToken)
    {
        await body.WriteAsync(_events.WrittenMemory, cancellationToken);
        await body.FlushAsync(cancellationToken);
        // The first events hold all functions, and what follows is small.
        _events = new ArrayBufferWriter<byte>();
    }
}

using System.IO.Pipes;
using System.Runtime.InteropServices;
using Gateway.Model;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Runtimes.Process;

/// <summary>Reads what a program writes to its standard output and error, line by line, and keeps the last lines.</summary>
/// <param name="id">The instance.</param>
/// <param name="ring">Where lines are kept for whoever asks for the function's output.</param>
internal sealed class ProgramLines(string id, OutputRing ring, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(100);

    private readonly OutputTail _tail = new();
    private readonly List<Task> _reading = [];
    private readonly CancellationTokenSource _givenUp = new();
    private bool _hasCut;

    /// <summary>Gets the reading ends of the outputs, in the order in which they were added.</summary>
    public IReadOnlyList<SafeHandle> Outputs { get; private set; } = [];

    /// <summary>Waits for what a program that has ended wrote last. It may still be in the pipe, but a child of the program may keep the pipe open for ever.</summary>
    public Task LastWordsAsync(TimeProvider time) => Task.WhenAny(Task.WhenAll(_reading), Task.Delay(LastWords, time));

    /// <summary>Returns how the program ended, as a sentence with its last lines.</summary>
    public string Explain(string how) => _tail.ToString() is { Length: > 0 } words ? $"{how}; its last words: {words}" : $"{how}, and it said nothing.";

    /// <summary>Begins to read an output of a child.</summary>
    /// <param name="output">The output.</param>
    /// <param name="stream">Its name, as <see cref="OutputLine.Stream"/> has it.</param>
    public void Add(StreamReader output, string stream)
    {
        if (output.BaseStream is PipeStream pipe)
        {
            Outputs = [.. Outputs, pipe.SafePipeHandle];
        }

        _reading.Add(ReadAsync(output, stream));
    }

    /// <summary>Begins to read an output by its descriptor, which it owns from then on.</summary>
    /// <param name="output">The descriptor.</param>
    /// <param name="stream">Its name, as <see cref="OutputLine.Stream"/> has it.</param>
    public void Add(SafeHandle output, string stream)
    {
        var pipe = new SafePipeHandle(output.DangerousGetHandle(), ownsHandle: true);
        output.SetHandleAsInvalid();
        Add(new StreamReader(new AnonymousPipeClientStream(PipeDirection.In, pipe)), stream);
    }

    /// <summary>Reads no more, because the instance is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        await _givenUp.CancelAsync();
        _givenUp.Dispose();
    }

    private async Task ReadAsync(StreamReader output, string stream)
    {
        var givenUp = _givenUp.Token;
        // Not on the thread that starts the program.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var reader = new OutputReader(line => Take(line, stream), () =>
        {
            if (!Interlocked.Exchange(ref _hasCut, true))
            {
                ProcessLog.LongLine(logger, id, OutputReader.LongestPiece);
            }
        });
        try
        {
            await reader.ReadAsync(output, givenUp);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The instance is given up, and a child of the program, which was not killed with it, still has the pipe.
        }
        finally
        {
            output.Dispose();
        }
    }

    private void Take(string line, string stream)
    {
        _tail.Add(line);
        ring.Add(id, stream, line);
        if (logger.IsEnabled(LogLevel.Debug))
        {
            ProcessLog.Output(logger, id, ProgramOutput.Clean(line));
        }
    }
}

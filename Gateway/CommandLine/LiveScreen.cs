using System.Runtime.InteropServices;
using System.Text;

namespace Gateway.CommandLine;

/// <summary>
/// The whole terminal, drawn again and again. It is the terminal's second screen (xterm's control sequences), so that what was on the first one is there again afterwards,
/// however the command ends but by SIGKILL.
/// </summary>
internal sealed class LiveScreen : IDisposable
{
    private const string Enter = "\e[?1049h\e[?25l", Leave = "\e[?25h\e[?1049l", Home = "\e[H", EndOfLine = "\e[K", Below = "\e[J";
    private const int DefaultHeight = 24;

    private readonly TextWriter _output;
    private readonly CancellationTokenSource _left = new();
    private readonly SemaphoreSlim _resized = new(0, 1);
    private readonly PosixSignalRegistration[] _signals;

    public LiveScreen(TextWriter output)
    {
        _output = output;
        _signals = [On(PosixSignal.SIGINT), On(PosixSignal.SIGTERM), On(PosixSignal.SIGHUP), PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Resized())];
        _output.Write(Enter);
        if (!Console.IsInputRedirected)
        {
            // Only a thread of its own can wait for a key. It ends with the process.
            new Thread(ReadKeys) { IsBackground = true, Name = "keys" }.Start();
        }
    }

    /// <summary>Gets a token that is cancelled by q, Ctrl-C, SIGTERM and SIGHUP.</summary>
    public CancellationToken Left => _left.Token;

    /// <summary>Draws lines from the top, as many as there is room for.</summary>
    public void Draw(IEnumerable<string> lines)
    {
        var height = Console.WindowHeight is > 0 and var rows ? rows : DefaultHeight;
        var frame = new StringBuilder(Home).AppendJoin(EndOfLine + "\r\n", lines.Take(height)).Append(EndOfLine).Append(Below);
        _output.Write(frame.ToString());
        _output.Flush();
    }

    /// <summary>Waits for a time, or until the terminal has another size.</summary>
    /// <exception cref="OperationCanceledException">The user has left.</exception>
    public Task WaitAsync(TimeSpan time) => _resized.WaitAsync(time, Left);

    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        _output.Write(Leave);
        _output.Flush();
    }

    private PosixSignalRegistration On(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        _left.Cancel();
    });

    private void Resized()
    {
        try
        {
            _resized.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is about to be drawn anyway.
        }
    }

    private void ReadKeys()
    {
        try
        {
            while (Console.ReadKey(intercept: true).KeyChar is not ('q' or 'Q'))
            {
            }
        }
        catch (InvalidOperationException)
        {
            // There is no terminal to read from any more.
        }

        _left.Cancel();
    }
}

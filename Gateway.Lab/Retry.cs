using System.Net.Sockets;

namespace Gateway.Lab;

/// <summary>Waits for servers by connecting to them, if nothing else reports that they listen.</summary>
internal static class Retry
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(50);

    /// <summary>Repeats while the connection is refused or the answer is "not yet" (an HttpRequestException), with 2 to 50 ms between.</summary>
    public static async Task<T> UntilConnectedAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (var pause = s_first; ; pause = pause * 2 < s_longest ? pause * 2 : s_longest)
        {
            try
            {
                return await attempt(cancellationToken);
            }
            catch (Exception exception) when (exception is HttpRequestException or SocketException)
            {
                await Task.Delay(pause, TimeProvider.System, cancellationToken);
            }
        }
    }
}

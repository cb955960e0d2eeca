namespace Gateway.Activation;

/// <summary>
/// Hands out the functions' numbers in the kernel's maps, from 0 up. A number belongs to one function from the moment it is taken until nothing of
/// that function is left. This class is not thread-safe.
/// </summary>
internal sealed class FunctionNumbers
{
    // The number that was returned the longest ago is used first, because by then the kernel has reported all that it had to report about the old owner.
    private readonly Queue<uint> _free = new();
    private uint _next;

    /// <summary>Takes a number.</summary>
    /// <param name="isUsedAgain">Whether another function had the number before.</param>
    public uint Take(out bool isUsedAgain) => (isUsedAgain = _free.TryDequeue(out var number)) ? number : _next++;

    /// <summary>Gives a number back when nothing is left of its function.</summary>
    public void Return(uint number) => _free.Enqueue(number);
}

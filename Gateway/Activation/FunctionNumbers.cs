namespace Gateway.Activation;

/// <summary>
/// The functions' numbers in the kernel's maps, 0 and up. A number is one function's from the day it is taken until nothing of that function
/// is left. Not thread safe.
/// </summary>
internal sealed class FunctionNumbers
{
    // The one that was given back the longest ago goes out first: what the kernel had still to say about its old owner has been said by then.
    private readonly Queue<uint> _free = new();
    private uint _next;

    /// <param name="isUsedAgain">Whether another function had the number before.</param>
    public uint Take(out bool isUsedAgain) => (isUsedAgain = _free.TryDequeue(out var number)) ? number : _next++;

    public void Return(uint number) => _free.Enqueue(number);
}

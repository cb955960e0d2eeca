using System.Buffers.Binary;
using System.IO.Hashing;
using System.Net;
using System.Text;
using Gateway.Activation;
using Gateway.Model;

namespace Gateway.Forwarding;

/// <summary>Chooses the version of a function that a client gets (<c>Split</c>): the same one each time, as long as the shares are the same, on every gateway.</summary>
internal static class VersionSplit
{
    private const int Hundred = 100;

    /// <summary>Returns the function that answers a request, which is <paramref name="function"/> itself if it has no other versions.</summary>
    public static Function Choose(Function function, IPAddress? client, FunctionRegistry registry)
    {
        var shares = function.Options.Split;
        if (shares.Count == 0 || client is null)
        {
            return function;
        }

        var place = PlaceOf(client, function.Name);
        foreach (var share in shares)
        {
            if (place < share.Percent)
            {
                return registry.TryGet(share.Function, out var other) ? other : function;
            }

            place -= share.Percent;
        }

        return function;
    }

    // The name is a part of it, so that it is not the same clients that get the new version of every function.
    private static int PlaceOf(IPAddress client, string function)
    {
        var hash = new XxHash32();
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(number, ClientGroup.Of(client).Number);
        hash.Append(number);
        hash.Append(Encoding.UTF8.GetBytes(function.ToUpperInvariant()));
        return (int)(hash.GetCurrentHashAsUInt32() % Hundred);
    }
}

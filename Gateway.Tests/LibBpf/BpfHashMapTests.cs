using Gateway.Tests.Ebpf;
using LibBpf;
using Xunit;

namespace Gateway.Tests.LibBpf;

/// <summary>Iteration and batches of hash maps.</summary>
[Collection(KernelCollection.Name)]
public sealed class BpfHashMapTests : IDisposable
{
    private const int Room = 1000;

    private readonly BpfObject _object;
    private readonly BpfHashMap<uint, ulong> _map;

    public BpfHashMapTests()
    {
        using var open = OpenBpfObject.FromMemory(SamplePrograms.Image, "sample");
        open.SetMaxEntries("pairs", Room);
        _object = open.Load();
        _map = _object.HashMap<uint, ulong>("pairs");
    }

    [Fact]
    public void Iteration_EmptyMap_FindsNothing()
    {
        Assert.False(_map.TryGetFirstKey(out _));
        Assert.Empty(_map.Keys());
        Assert.Empty(_map.Entries());
        Assert.Equal(0, _map.LookupBatch(new BpfMapCursor(), new uint[4], new ulong[4]));
    }

    [Fact]
    public void Entries_EachRemovedOnTheWay_ComesOnce()
    {
        Fill(500);
        var seen = new Dictionary<uint, ulong>();
        foreach (var (key, value) in _map.Entries())
        {
            seen.Add(key, value);
            Assert.True(_map.Remove(key));
        }
        AssertFilled(500, seen);
        Assert.Empty(_map.Keys());
    }

    [Fact]
    public void TryGetNextKey_FromKeyToKey_ComesToEach()
    {
        Fill(3);
        Assert.True(_map.TryGetFirstKey(out var first));
        Assert.True(_map.TryGetNextKey(first, out var second));
        Assert.True(_map.TryGetNextKey(second, out var third));
        Assert.False(_map.TryGetNextKey(third, out _));
        Assert.Equal([0u, 1, 2], new[] { first, second, third }.Order().ToArray());
    }

    [Theory]
    [InlineData(64, false)]
    [InlineData(Room, false)]
    [InlineData(64, true)] // as on a kernel without batches
    public void LookupBatch_PassInPieces_ReadsEachOnce(int size, bool keyByKey)
    {
        Fill(700);
        var seen = new Dictionary<uint, ulong>();
        var cursor = new BpfMapCursor { IsKeyByKey = keyByKey };
        var (keys, values) = (new uint[size], new ulong[size]);
        for (int count; (count = _map.LookupBatch(cursor, keys, values)) > 0;)
        {
            for (var i = 0; i < count; i++)
            {
                seen.Add(keys[i], values[i]);
            }
        }
        AssertFilled(700, seen);
        Assert.True(cursor.IsAtEnd);
        Assert.Equal(0, _map.LookupBatch(cursor, keys, values));
    }

    [Fact]
    public void LookupBatch_RoomForOne_EitherReadsOneOrSaysItNeedsMore()
    {
        Fill(Room);
        var cursor = new BpfMapCursor();
        var count = 0;
        // Some bucket holds two of a thousand keys.
        var e = Assert.Throws<BpfException>(() =>
        {
            while (_map.LookupBatch(cursor, new uint[1], new ulong[1]) == 1)
            {
                count++;
            }
        });
        Assert.Equal(ErrnoCodes.ENOSPC, e.Errno);
        Assert.InRange(count, 0, Room);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void UpdateBatch_MoreThanFits_WritesUntilTheMapIsFull(bool keyByKey)
    {
        Fill(Room);
        var e = Assert.Throws<BpfException>(() =>
        {
            if (keyByKey)
            {
                _map.UpdateKeyByKey([0, 5000], [77, 1]);
            }
            else
            {
                _map.UpdateBatch([0, 5000], [77, 1]);
            }
        });
        Assert.Equal("E2BIG", e.ErrnoName);
        Assert.True(_map.TryGet(0, out var value));
        Assert.Equal(77UL, value);
        Assert.False(_map.TryGet(5000, out _));
        _map.UpdateBatch([], []);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void DeleteBatch_SomeKeysAreNotThere_RemovesTheOthers(bool keyByKey)
    {
        Fill(10);
        uint[] keys = [99, 0, 1, 98, 97, 8, 9, 96];
        Assert.Equal(4, keyByKey ? _map.DeleteKeyByKey(keys) : _map.DeleteBatch(keys));
        Assert.Equal([2u, 3, 4, 5, 6, 7], _map.Keys().Order().ToArray());
        Assert.Equal(0, _map.DeleteBatch([]));
    }

    [Fact]
    public void Batches_LengthsDiffer_Throw()
    {
        Assert.Throws<ArgumentException>(() => _map.UpdateBatch([1], []));
        Assert.Throws<ArgumentException>(() => _map.LookupBatch(new BpfMapCursor(), new uint[1], new ulong[2]));
        Assert.Throws<ArgumentException>(() => _map.LookupBatch(new BpfMapCursor(), [], []));
    }

    public void Dispose() => _object.Dispose();

    private void Fill(int count) =>
        _map.UpdateBatch([.. Enumerable.Range(0, count).Select(i => (uint)i)], [.. Enumerable.Range(0, count).Select(i => (ulong)i * 10)]);

    private static void AssertFilled(int count, Dictionary<uint, ulong> seen) =>
        Assert.Equal(Enumerable.Range(0, count).ToDictionary(i => (uint)i, i => (ulong)i * 10), seen);
}

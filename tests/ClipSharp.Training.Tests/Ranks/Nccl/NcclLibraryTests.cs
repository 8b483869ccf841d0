using System.Runtime.CompilerServices;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Ranks.Nccl;
using static TorchSharp.torch;

namespace ClipSharp.Training.Tests.Ranks.Nccl;

public sealed class NcclLibraryTests
{
    // Of NVIDIA/nccl, src/nccl.h.in.
    [Fact]
    public void Numbers_are_those_of_its_header()
    {
        Assert.Equal(128, Unsafe.SizeOf<NcclId>());
        Assert.Equal(1, NcclLibrary.Bytes);
        Assert.Equal((4, 7, 8), (NcclLibrary.TypeOf(int64), NcclLibrary.TypeOf(float32), NcclLibrary.TypeOf(float64)));
        Assert.Equal((0, 2, 3), (NcclLibrary.OperationOf(ReduceOp.Sum), NcclLibrary.OperationOf(ReduceOp.Max),
            NcclLibrary.OperationOf(ReduceOp.Min)));
    }

    [Fact]
    public void Its_version_is_told() => Assert.Equal("2.27.3", StandInNccl.Library.Version);

    [Fact]
    public void None_is_used_where_none_is_wanted() => Assert.Null(NcclLibrary.Find("none"));

    [Fact]
    public void A_named_one_that_is_not_there_is_refused() => Assert.StartsWith(
        "The NCCL library cannot be loaded (CLIPSHARP_NCCL): found /nowhere/libnccl.so.2, expected a file such as",
        Assert.Throws<ClipException>(() => NcclLibrary.Find("/nowhere/libnccl.so.2")).Message, StringComparison.Ordinal);

    [Fact]
    public void Another_library_is_refused()
    {
        var other = OperatingSystem.IsWindows() ? "kernel32.dll" : OperatingSystem.IsMacOS() ? "libSystem.dylib" : "libc.so.6";

        Assert.StartsWith($"The library is no NCCL that can be used ({other}): found no function nccl",
            Assert.Throws<ClipException>(() => NcclLibrary.Find(other)).Message, StringComparison.Ordinal);
    }
}

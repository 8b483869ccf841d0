using ClipSharp.Torch.Loading;
using ClipSharp.Torch.Machine;

namespace ClipSharp.Torch.Tests.Machine;

public sealed class SystemReportTests
{
    [Fact]
    public void Versions_memory_and_libraries_are_told()
    {
        var report = SystemReport.Collect();

        Assert.Null(report.Problem);
        Assert.Equal(LibTorchPlaces.LibTorchVersion, report.LibTorch);
        Assert.InRange(report.MemoryBytes, 1L << 28, 1L << 50);
        Assert.Equal("cpu", report.Devices[0].Name);
        Assert.All(report.Libraries, library => Assert.True(File.Exists(library), library));
    }

    [Fact]
    public void Every_operation_sought_in_libtorch_is_found()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The exported names are those of GCC.");

        Assert.All(SystemReport.Collect().NativeOperations, operation => Assert.True(operation.IsAvailable, operation.Purpose));
    }
}

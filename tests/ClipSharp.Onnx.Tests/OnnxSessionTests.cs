using System.Runtime.InteropServices;
using ClipSharp.Onnx.Sessions;

namespace ClipSharp.Onnx.Tests;

public sealed partial class OnnxSessionTests
{
    [Fact]
    public void Telemetry_is_off_for_native_code_unless_the_user_says_otherwise()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "C's environment is asked, which is elsewhere there.");
        using var options = OnnxSession.Options();
        var value = Marshal.PtrToStringUTF8(getenv(OnnxSession.DisableTelemetry));
        Assert.Equal(Environment.GetEnvironmentVariable(OnnxSession.DisableTelemetry), value);
        Assert.NotNull(value);
    }

    [Fact]
    public void A_session_takes_as_many_threads_as_the_process_has_processors()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is not null, "The user names the threads.");
        using var options = OnnxSession.Options();
        using var own = OnnxSession.Options(threads: 3);
        Assert.Equal(Environment.ProcessorCount, options.IntraOpNumThreads);
        Assert.Equal(3, own.IntraOpNumThreads);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);
}

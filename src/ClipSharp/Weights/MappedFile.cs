using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ClipSharp.Weights;

/// <summary>A file's bytes, mapped into memory, or an array that plays a file. Callers check ranges; this guards against use
/// after <see cref="Dispose"/>.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly byte* _start;
    private readonly SafeFileHandle? _handle;
    private Action? _release;

    private MappedFile(string path, byte* start, long length, SafeFileHandle? handle, Action release)
    {
        Path = path;
        Length = length;
        _start = start;
        _handle = handle;
        _release = release;
    }

    /// <summary>For messages.</summary>
    public string Path { get; }

    public long Length { get; }

    /// <exception cref="ClipException">The file is absent or cannot be read.</exception>
    public static MappedFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            var length = RandomAccess.GetLength(handle);
            if (length == 0)
            {
                handle.Dispose();
                return Over([], path); // an empty file cannot be mapped
            }

            using var map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read,
                HandleInheritability.None, true);
            var view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            byte* pointer = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            return new MappedFile(path, pointer + view.PointerOffset, length, handle, () =>
            {
                view.SafeMemoryMappedViewHandle.ReleasePointer();
                view.Dispose();
                handle.Dispose();
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw new ClipException(ClipError.NoInput, "The weights cannot be opened", path, e.Message,
                "a readable file of weights",
                "Check the path.", e);
        }
    }

    /// <param name="content">Pinned, not copied.</param>
    /// <param name="path">For messages.</param>
    public static MappedFile Over(byte[] content, string path)
    {
        var pin = GCHandle.Alloc(content, GCHandleType.Pinned);
        return new MappedFile(path, (byte*)pin.AddrOfPinnedObject(), content.LongLength, null, pin.Free);
    }

    public byte* At(long offset)
    {
        ObjectDisposedException.ThrowIf(_release is null, this);
        return _start + offset;
    }

    public ReadOnlySpan<byte> Span(long offset, int length) => new(At(offset), length);

    /// <summary>A view that refuses to be read after <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Memory(long offset, int length) => new View(this, offset, length).Memory;

    /// <summary>Copies bytes without touching the map, whose pages would count as this process's memory beside the
    /// copy.</summary>
    /// <exception cref="ClipException">The file was cut since it was opened.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        if (_handle is null)
        {
            new ReadOnlySpan<byte>(At(offset), destination.Length).CopyTo(destination);
            return;
        }

        while (!destination.IsEmpty)
        {
            var count = RandomAccess.Read(_handle, destination, offset);
            if (count == 0)
            {
                throw new ClipException(ClipError.InputOutput, "The file became shorter while it was read",
                    $"{Path}, byte {offset}",
                    "its end", $"{Length} bytes", "Leave the file alone while it is read.");
            }

            destination = destination[count..];
            offset += count;
        }
    }

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();

    private sealed class View(MappedFile file, long offset, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(file.At(offset), length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(file.At(offset + elementIndex)); // the map does not move

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}

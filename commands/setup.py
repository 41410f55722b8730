"""``medad init``: the data folder and the key that signs the evidence."""

from commands.output import options, show


def init() -> None:
    """Make the data folder and the key that signs the evidence. Repeating it changes nothing: no key is overwritten."""
    from pipeline.proof import set_up

    key, made = set_up(options.data)
    folder = options.data / "keys"
    result = {
        "data": str(options.data),
        "made": made,
        "public_key": str(folder / "signing.pub.pem"),
        "fingerprint": key.public.fingerprint,
    }
    show(
        result,
        lambda: (
            f"{'Đã tạo khóa ký chứng cứ' if made else 'Khóa ký chứng cứ đã có'}: {folder / 'signing.pem'} "
            "(khóa bí mật, chỉ tài khoản này đọc được)\n"
            f"Khóa công khai: {folder / 'signing.pub.pem'}\n"
            f"Vân tay SHA-256: {key.public.fingerprint}\n"
            "Hãy sao lưu khóa bí mật, và ghi vân tay này ở nơi khác: người kiểm tra chứng cứ sẽ hỏi đến."
        ),
    )

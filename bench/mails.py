# SPDX-License-Identifier: Apache-2.0
"""Report mails for the bench: number N always gives the same bytes.

As a CSIRT gets them: 2 to 10 kB, a third or more of it the heads that servers
and signatures leave behind; plain ISO-2022-JP, UTF-8 as base64 or 8bit, HTML
beside plain text, log lines, a forwarded phishing mail, one in ten with a file.
A folder of .eml files can stand in for them (use_folder).
"""
import base64
import functools
import glob
import hashlib
import os
import quopri
import random

BRANDS = ["JCB", "三井住友カード", "Amazon", "えきねっと", "楽天", "Apple", "国税庁", "ヤマト運輸", "三菱UFJ銀行", "メルカリ"]
RARE = "奥多摩"  # in one mail of fifty
COMMON = "URL"  # in all of them
CRLF = "\r\n"

JAPANESE = """いつもお世話になっております。
標記の件につきまして、下記のとおりご報告いたします。
本日、弊社のお客様より不審なメールを受信したとの連絡がありました。
メール本文のリンクから偽のログイン画面へ誘導されることを確認しております。
入力した情報は外部のサーバへ送信される作りになっています。
現時点でもサイトは稼働しており、被害の拡大が懸念されます。
証明書は無料の認証局から昨日発行されたものでした。
ホスティング事業者にも連絡しましたが、まだ回答がありません。
同じアドレスで別の銀行を騙るページも公開されています。
アクセス元によって表示が変わるため、携帯端末からご確認ください。
短縮リンクを経由して転送されることがあります。
弊社では該当ドメインを遮断し、利用者へ注意を呼びかけました。
管理者のパスワードが漏えいした可能性があり、調査を続けています。
ウェブサーバに見覚えのないファイルが設置されていました。
ログを確認したところ、先週の深夜から不正な接続が続いています。
別添の記録をご参照ください。時刻はすべて日本時間です。
ご多用のところ恐れ入りますが、停止に向けた調整をお願いいたします。
報告者の氏名は先方に伝えていただいて差し支えありません。
追加の情報が必要な場合は、このメールに返信してください。
何卒よろしくお願い申し上げます。""".split("\n")
ENGLISH = """We are writing to report a fraudulent page hosted in your constituency.
The page imitates the sign-in form of a well known company and collects passwords.
It was first seen by our sensors early this morning and is still reachable.
Victims arrive there by text messages that speak of an undelivered parcel.
The kit posts what is typed to a script on the same host.
The host seems to be a compromised content management system.
We have informed the registrar and the hosting provider, without an answer so far.
Please treat the names of our customers in this message as confidential.
A copy of the page and the headers of one message are quoted below.
The same address served three other brands during the last week.
The site answers with an error unless the visitor comes from a mobile network.
Our logs show repeated attempts to sign in with leaked credentials.
All times are in UTC unless another zone is given.
Kindly coordinate the removal of this content and keep us informed.
You may pass this report on to the parties concerned.""".split("\n")
SIGNATURES = ["株式会社サンプル 情報システム部", "一般財団法人見本 セキュリティ担当", "Example Registry Abuse Desk", "Sample Bank CERT"]
AGENTS = ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:102.0) Gecko/20100101 Thunderbird/102.13.0",
          "Microsoft Outlook 16.0", "Apple Mail (2.3731.700.6)", "Roundcube Webmail/1.6.1"]


def brand(n):
    return random.Random(n).choice(BRANDS)


def rare(n):
    return n % 50 == 0


def secret(r, n):
    """Signatures and keys: nothing makes these smaller."""
    return base64.b64encode(r.randbytes(n)).decode()


def word(text, charset):
    coded = base64.b64encode(text.encode("iso2022_jp" if charset == "ISO-2022-JP" else charset)).decode()
    return "=?%s?B?%s?=" % (charset, coded)


def folded(data, width=76):
    coded = base64.b64encode(data).decode()
    return CRLF.join(coded[i:i + width] for i in range(0, len(coded), width))


def heads(r, n, sender):
    domain = sender.split("@")[1]
    day = "%s, %02d Jul 2025" % (("Mon", "Tue", "Wed", "Thu", "Fri")[n % 5], 1 + r.randrange(28))
    time = "%02d:%02d:%02d +0900" % (r.randrange(24), r.randrange(60), r.randrange(60))
    out = ["Return-Path: <%s>" % sender, "Delivered-To: csirt@csirt.example",
           "Received: from mx.csirt.example (mx.csirt.example [192.0.2.25])\r\n\tby store.csirt.example (Postfix) "
           "with ESMTPS id %s\r\n\tfor <csirt@csirt.example>; %s %s (JST)" % (r.randbytes(5).hex().upper(), day, time),
           "Received: from out%d.%s (out%d.%s [198.51.100.%d])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
           "(256/256 bits)\r\n\t key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256)\r\n\t"
           "(No client certificate requested)\r\n\tby mx.csirt.example (Postfix) with ESMTPS id %s\r\n\t"
           "for <csirt@csirt.example>; %s %s (JST)"
           % (n % 7, domain, n % 7, domain, r.randrange(1, 255), r.randbytes(5).hex().upper(), day, time),
           "Received: from [10.%d.%d.%d] (unknown [10.0.0.%d])\r\n\tby out%d.%s (Postfix) with ESMTPSA id %s;\r\n\t%s %s (JST)"
           % (r.randrange(255), r.randrange(255), r.randrange(255), r.randrange(255), n % 7, domain,
              r.randbytes(5).hex().upper(), day, time),
           "Authentication-Results: mx.csirt.example;\r\n\tspf=pass smtp.mailfrom=%s;\r\n\tdkim=pass header.d=%s "
           "header.s=s2025;\r\n\tdmarc=pass header.from=%s" % (domain, domain, domain)]
    if n % 4 != 3:
        out.append("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s;\r\n\ts=s2025; t=%d; bh=%s;\r\n\t"
                   "h=Date:To:From:Subject:Message-ID;\r\n\tb=%s" % (domain, 1751300000 + n, secret(r, 32),
                                                                    "\r\n\t ".join(secret(r, 64) for _ in range(4))))
    return out + ["Message-ID: <%d.%s@%s>" % (n, r.randbytes(12).hex(), domain), "Date: %s %s" % (day, time),
                  "User-Agent: " + r.choice(AGENTS), "From: %s" % sender, "To: csirt@csirt.example", "MIME-Version: 1.0"]


def log_lines(r, n):
    return ["2025-07-%02dT%02d:%02d:%02d+09:00 203.0.113.%d - \"%s /%s/%s.php HTTP/1.1\" %d %d" % (
        1 + r.randrange(28), r.randrange(24), r.randrange(60), r.randrange(60), r.randrange(1, 255),
        r.choice(["GET", "POST"]), r.choice(["wp-content", "account", "images", "cgi-bin"]), r.randbytes(3).hex(),
        r.choice([200, 302, 403, 404]), r.randrange(200, 90000)) for _ in range(n)]


def body(r, n, name, host):
    japanese = n % 3 != 2
    text = ["担当者様", ""] if japanese else ["Dear CSIRT team,", ""]
    text += ["%sを騙るフィッシングサイトを確認しましたのでご報告いたします。" % name, "URL: hxxps://%s/%s/%d" % (
        host, r.choice(["signin", "login", "verify", "update"]), n), "IPアドレス: 203.0.113.%d" % r.randrange(1, 255)]
    if n % 5 == 0:
        text.append("SHA256: %s" % hashlib.sha256(b"%d" % n).hexdigest())
    if n % 7 == 0:
        text.append("CVE-2024-%04d" % r.randrange(9999))
    text.append("")
    pool = JAPANESE if japanese else ENGLISH
    for _ in range(2 + r.randrange(3)):
        text += ["".join(r.sample(pool, 3)) if japanese else " ".join(r.sample(pool, 3)), ""]
    if rare(n):
        text += ["発信元は%sです。" % RARE, ""]
    text += log_lines(r, r.randrange(0, 14))
    return text + ["", "-- ", r.choice(SIGNATURES), "TEL: 03-%04d-%04d" % (r.randrange(10000), r.randrange(10000)), ""]


def part(kind, text):
    """A text as a part: its head lines, an empty one, itself."""
    joined = CRLF.join(text)
    if kind == "jis":
        return ["Content-Type: text/plain; charset=ISO-2022-JP", "Content-Transfer-Encoding: 7bit", "",
                joined.encode("iso2022_jp").decode("ascii")]
    if kind == "base64":
        return ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "", folded(joined.encode())]
    if kind == "html":
        html = "<html><head><meta charset=\"utf-8\"></head><body>%s</body></html>" % "".join("<p>%s</p>\r\n" % t for t in text)
        return ["Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "",
                quopri.encodestring(html.encode()).decode().replace("\r\n", "\n").replace("\n", "\r\n")]
    return ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", joined]


def multi(r, subtype, parts):
    mark = "=_" + r.randbytes(12).hex()
    out = ["Content-Type: multipart/%s; boundary=\"%s\"" % (subtype, mark), "", "This is a multi-part message in MIME format."]
    for p in parts:
        out += ["--" + mark, *p]
    return out + ["--%s--" % mark, ""]


def file_part(r, n):
    if n % 20 == 9:
        name, kind, data = "access.log", "text/plain", CRLF.join(log_lines(r, 60)).encode()
    else:
        name, kind, data = "screen.png", "image/png", b"\x89PNG\r\n\x1a\n" + r.randbytes(r.randrange(3000, 9000))
    return ["Content-Type: %s; name=\"%s\"" % (kind, name), "Content-Transfer-Encoding: base64",
            "Content-Disposition: attachment; filename=\"%s\"" % name, "", folded(data)]


def generated(n):
    r = random.Random(n)
    name = r.choice(BRANDS)
    host = "login-%s.example%d.%s" % (hashlib.sha256(b"%d" % n).hexdigest()[:8], r.randrange(500),
                                      r.choice(["com", "net", "org", "jp"]))
    sender = "reporter%d@customer%d.example.jp" % (r.randrange(2000), r.randrange(200))
    subject = "フィッシングサイトの報告 %s" % name if n % 3 != 2 else "Phishing site report: %s" % host
    text, kind = body(r, n, name, host), n % 10
    if kind in (0, 1, 6):
        content = part("jis", text)
    elif kind in (2, 3):
        content = part("base64", text)
    elif kind in (5, 7):
        content = multi(r, "alternative", [part("base64", text), part("html", text)])
    elif kind == 8:
        lure = heads(r, n + 1, "support@%s" % host) + ["Subject: " + word("重要なお知らせ", "UTF-8")] + \
            part("base64", ["%s 会員様" % name, "", "24時間以内に確認してください。", "https://%s/" % host])
        content = multi(r, "mixed", [part("8bit", text), ["Content-Type: message/rfc822", "", *lure]])
    elif kind == 9:
        content = multi(r, "mixed", [part("base64", text), file_part(r, n)])
    else:
        content = part("8bit", text)
    head = heads(r, n, sender) + ["Subject: " + word(subject, "ISO-2022-JP" if kind in (0, 1, 6) else "UTF-8")]
    return CRLF.join(head + content).encode()


files = []


def use_folder(path):
    files.extend(sorted(glob.glob(os.path.join(path, "**", "*.eml"), recursive=True)))
    if not files:
        raise SystemExit("no .eml files in " + path)


@functools.lru_cache(maxsize=4096)
def mail(n):
    if files:
        return open(files[n % len(files)], "rb").read()
    return generated(n)


def recall(sent, found):
    """Which part of the mails 0 to SENT - 1 with a Japanese word is found by it; None with a folder's mails."""
    if files:
        return None
    want = {RARE: sum(rare(i) for i in range(sent))}
    want.update((b, sum(brand(i) == b for i in range(sent))) for b in ("国税庁", "メルカリ", "楽天"))
    return sum(min(n, found(word)) for word, n in want.items()) / sum(want.values())
